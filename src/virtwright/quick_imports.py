"""Imports of others without what no command asks of them, which is a third of a short command's processor time.

Pydantic's packages spend theirs on ``dataclasses``, which compiles methods for fifty classes, and on the types of pydantic's core:
hundreds of ``TypedDict``, which only type checkers read, compile each annotation. While one of their modules is executed, the first
stands for our ``lazy_dataclasses``, the second for plain classes with the annotations as they were written. And asyncio
loads OpenSSL, for connections that no engine makes: it gets it when it asks for something in it.
"""

import dataclasses
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any, Final

from virtwright import lazy_dataclasses

_PACKAGES: Final = frozenset(("annotated_types", "pydantic", "pydantic_core", "typing_inspection"))
_TYPES: Final = "pydantic_core.core_schema"
"""The module of the types that no program reads."""
_ASYNCIO: Final = frozenset(("asyncio.base_events", "asyncio.selector_events"))
_LATER: Final = ("ssl", "asyncio.sslproto")
"""What these import and use in functions alone."""


def import_quickly() -> None:
    """To be called before any of them is imported. Imports none."""
    if not any(isinstance(each, _Finder) for each in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder:
    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _ASYNCIO and name.partition(".")[0] not in _PACKAGES:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        with _later() if self.name in _ASYNCIO else _lazy(types=self.name == _TYPES):
            super().exec_module(module)


@contextmanager
def _lazy(*, types: bool) -> Iterator[None]:
    places: list[tuple[str, str, Any]] = [("dataclasses", "dataclass", _dataclass)]
    if types:
        places += [(each, "TypedDict", _Keys("TypedDict", (dict,), {})) for each in ("typing", "typing_extensions")]
    kept = [(import_module(module), name, stand_in) for module, name, stand_in in places]
    originals = [getattr(module, name) for module, name, _ in kept]
    for module, name, stand_in in kept:
        setattr(module, name, stand_in)
    try:
        yield
    finally:
        for (module, name, _), original in zip(kept, originals, strict=True):
            setattr(module, name, original)


_standard: Final = dataclasses.dataclass
_KNOWN: Final = frozenset(("frozen", "eq", "order", "slots", "kw_only"))
"""What the lazy decorator can do."""


def _dataclass(kind: type[Any] | None = None, /, **flags: Any) -> Any:
    decorator: Any = lazy_dataclasses.dataclass if flags.keys() <= _KNOWN else _standard
    return decorator(kind, **flags)


class _Keys(type):
    """The class of a dictionary with given keys, as ``class Size(TypedDict, total=False)`` makes it."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any], **_: bool) -> "_Keys":
        return super().__new__(cls, name, bases, body)

    def __init__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any], **_: bool) -> None:
        super().__init__(name, bases, body)


@contextmanager
def _later() -> Iterator[None]:
    """Meanwhile who imports what is for later, and is not there yet, gets what imports it when it is used."""
    stand_ins = {name: _Later(name) for name in _LATER if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for each in stand_ins.values():
            each.step_aside()


class _Later(ModuleType):
    def __getattr__(self, name: str) -> Any:
        self.step_aside()
        return getattr(import_module(self.__name__), name)

    def step_aside(self) -> None:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
