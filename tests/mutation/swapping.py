"""Puts changed functions in the place of those of a module that is imported. Pure but for what it swaps.

What ran when the module was imported is not run anew: only functions that were not called then may be swapped.
"""

import gc
import inspect
from collections.abc import Iterator, Sequence
from types import CodeType, FunctionType, ModuleType
from typing import TypeAlias

Swap: TypeAlias = tuple[FunctionType, CodeType]


class Functions:
    """Those of a module that are there once it, and all that uses it, is imported."""

    def __init__(self, module: ModuleType, source: bytes) -> None:
        self._file = str(module.__file__)
        self._before = self._compiled(source)
        self._alive: dict[tuple[str, int], list[FunctionType]] = {}
        gc.unfreeze()  # else what is frozen is not listed
        for each in gc.get_objects():
            if type(each) is FunctionType and each.__code__.co_filename == self._file:
                self._alive.setdefault(_key(each.__code__), []).append(each)

    def swaps(self, text: bytes) -> list[Swap] | None:
        """What makes the module that of ``text``; None where that can't be had without importing it anew."""
        pairs = changes(self._before, self._compiled(text))
        if pairs is None:
            return None
        found: list[Swap] = []
        for before, after in pairs:
            functions = [each for each in self._alive.get(_key(before), ()) if each.__code__ == before]
            has_made_others = any(_key(inner) in self._alive for inner in _inside(before))
            if not functions or has_made_others or before.co_freevars != after.co_freevars:
                return None
            found += [(function, after) for function in functions]
        return found

    def _compiled(self, text: bytes) -> CodeType:
        return compile(text, self._file, "exec", dont_inherit=True)


def swap(swaps: Sequence[Swap]) -> None:
    for function, code in swaps:
        function.__code__ = code


def changes(before: CodeType, after: CodeType) -> list[tuple[CodeType, CodeType]] | None:
    """The outermost functions that differ, each with what has become of it; None where what runs at import differs, too."""
    if before == after:
        return []
    if before.co_flags & inspect.CO_OPTIMIZED:
        return [(before, after)]
    if len(before.co_consts) != len(after.co_consts) or _instructions(before) != _instructions(after):
        return None
    found: list[tuple[CodeType, CodeType]] = []
    for one, other in zip(before.co_consts, after.co_consts, strict=True):
        if isinstance(one, CodeType) and isinstance(other, CodeType):
            inner = changes(one, other)
            if inner is None:
                return None
            found += inner
        elif repr(one) != repr(other):  # 1 and True are equal
            return None
    return found


def _instructions(code: CodeType) -> CodeType:
    """Without where they are in the text, as a definition ends where its last statement does."""
    return code.replace(co_consts=(), co_linetable=b"")


def _inside(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _inside(each)


def _key(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno
