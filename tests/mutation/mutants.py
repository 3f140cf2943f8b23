"""The mutants of a module's text. Pure."""

import ast
from collections import Counter
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from tests.mutation.operators import replacements

_LONGEST: Final = 200
_AROUND: Final = 40


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault. Where it is in the text changes with each commit; what it is called does not."""

    scope: str
    """The function or class around it; empty at the top of the module."""
    before: str
    after: str
    number: int
    """Which one of those alike in the scope, from 1."""
    line: int = field(compare=False)
    lines: range = field(compare=False)
    """Lines of its statement: a test that runs none of them can't see it."""
    at_import: bool = field(compare=False)
    """Its statement is run when the module is imported."""
    text: bytes = field(compare=False, repr=False)
    """The whole module with the fault in it."""

    @property
    def name(self) -> str:
        again = f" #{self.number}" if self.number > 1 else ""
        return f"{self.scope or '<module>'}: {self.before} -> {self.after}{again}"


def mutants(source: bytes) -> list[Mutant]:
    """All of a module, in the order of its text."""
    tree = ast.parse(source)
    places = _Places(tree)
    starts = _line_starts(source)
    seen: Counter[tuple[str, str, str]] = Counter()
    made: list[Mutant] = []
    for node, other in sorted(replacements(tree), key=lambda pair: _position(pair[0])):
        text = _replaced(source, starts, node, other)
        if text is None:
            continue
        place = places.of[id(node)]
        before, after = _shown(ast.unparse(node), ast.unparse(other))
        key = (place.scope, before, after)
        seen[key] += 1
        line = getattr(node, "lineno", 1)
        made.append(Mutant(place.scope, before, after, seen[key], line, place.lines, place.at_import, text))
    return made


@dataclass(frozen=True, slots=True)
class _Place:
    scope: str
    lines: range
    at_import: bool


class _Places(ast.NodeVisitor):
    """Of each node: the function around it, and the lines of its statement without those of statements inside."""

    def __init__(self, tree: ast.Module) -> None:
        self.of: dict[int, _Place] = {}
        self._scope: tuple[str, ...] = ()
        self._lines = range(0)
        self._at_import = True
        self.visit(tree)

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            end = node.end_lineno or node.lineno
            first = min((each.lineno for each in body), default=end + 1) if isinstance(body, list) else end + 1
            self._lines = range(node.lineno, max(node.lineno + 1, first if body else end + 1))
        self.of[id(node)] = _Place(".".join(self._scope), self._lines, self._at_import)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self._function(node)
        elif isinstance(node, ast.ClassDef):
            self._inside(node.name, node.body, at_import=self._at_import)
        else:
            lines = self._lines
            for child in ast.iter_child_nodes(node):
                self._lines = lines
                self.visit(child)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for default in ast.walk(node.args):
            self.of[id(default)] = _Place(".".join((*self._scope, node.name)), self._lines, self._at_import)
        self._inside(node.name, node.body, at_import=False)

    def _inside(self, name: str, body: list[ast.stmt], *, at_import: bool) -> None:
        scope, before, lines = self._scope, self._at_import, self._lines
        self._scope, self._at_import = (*scope, name), at_import
        for each in body:
            self.visit(each)
        self._scope, self._at_import, self._lines = scope, before, lines


def _replaced(source: bytes, starts: list[int], node: ast.AST, other: ast.AST) -> bytes | None:
    """The text with ``other`` in the place of ``node``, on as many lines; None where that is no program, or the same."""
    first, last = _span(starts, node)
    try:
        new = ast.unparse(ast.fix_missing_locations(other)).encode()
        same = ast.dump(other) == ast.dump(node)
    except ValueError:  # some forms of f-strings can't be written by Python 3.11
        return None
    if same:
        return None
    rest = b"\n" * (source[first:last].count(b"\n") - new.count(b"\n"))
    if isinstance(node, ast.expr):
        new = b"(" + new + rest + b")"
    elif isinstance(node, ast.Match):
        indent = b" " * node.col_offset
        new = new.replace(b"\n", b"\n" + indent)
    text = source[:first] + new + source[last:]
    try:
        ast.parse(text)
    except SyntaxError:
        return None
    return text


def _line_starts(source: bytes) -> list[int]:
    starts = [0]
    for line in source.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _span(starts: list[int], node: ast.AST) -> tuple[int, int]:
    line, column, end_line, end_column = _position(node)
    return starts[line - 1] + column, starts[end_line - 1] + end_column


def _position(node: ast.AST) -> tuple[int, int, int, int]:
    assert isinstance(node, ast.expr | ast.stmt)
    return node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


def _shown(before: str, after: str) -> tuple[str, str]:
    """Both on one line; of long ones, what differs and some of what is around it."""
    old, new = " ".join(before.split()), " ".join(after.split())
    if len(old) + len(new) <= _LONGEST:
        return old, new
    same = _alike(old, new)
    end = _alike(old[same:][::-1], new[same:][::-1])
    return _cut(old, same, end), _cut(new, same, end)


def _alike(one: str, other: str) -> int:
    """How many characters they begin with together."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _cut(text: str, same: int, end: int) -> str:
    first, last = max(0, same - _AROUND), len(text) - max(0, end - _AROUND)
    return "…" * (first > 0) + text[first:last][:_LONGEST] + "…" * (last < len(text) or last - first > _LONGEST)
