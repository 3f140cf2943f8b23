"""The single faults that a module is tried with. Pure.

Each is a change that somebody could make by mistake: a clause of a condition left out, a field of a body forgotten, a limit
off by one, one member of an enum for another. What a type checker, or the first call, would find anyway is left out where that
can be known from the text. https://docs.python.org/3/library/ast.html
"""

import ast
import copy
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final, TypeVar

from tests.mutation.sql import faults, is_sql

T = TypeVar("T")
Node = TypeVar("Node", bound=ast.AST)

_COMPARISONS: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
}
_NEGATIONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_ONE_SIDE: Final = (ast.Add, ast.Sub, ast.BitOr, ast.BitAnd, ast.BitXor)
"""Operators that may as well be forgotten with one of their sides."""
_SWAPPED: Final = {"max": "min", "min": "max", "any": "all", "all": "any", "sorted": "list"}
_CONVERSIONS: Final = {"str", "int", "bool", "reveal"}
_TRIMMING: Final = {"strip", "lstrip", "rstrip", "lower", "upper", "removeprefix", "removesuffix"}
_VARIADIC: Final = {"where", "and_", "or_", "get", "pop", "getattr", "next", "max", "min", "chain", "partial"}
"""Calls that may be left without one of their positional arguments and still work."""
_UNTESTED_WORDS: Final = {"hint", "strict", "slots", "frozen", "stacklevel"}
_PROSE: Final = re.compile(r"\b(the|is|are|a|an|it|its|of|has|have|was|were|that|can't|cannot|not|and)\b")
"""A text for people is read by people; what it says of is tested by the fields beside it."""
_CONSTANT: Final = re.compile(r"[A-Z][A-Z0-9_]*")
_MARK: Final = "XX"


def replacements(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Pairs of a node of the module and what stands in its place."""
    yield from _Finder(tree).found


class _Finder(ast.NodeVisitor):
    def __init__(self, tree: ast.Module) -> None:
        self.found: list[tuple[ast.AST, ast.AST]] = []
        self._members = _members(tree)
        self._conditions: set[int] = set()
        self._no_text: set[int] = set()
        self.visit(tree)

    def _add(self, node: Node, *others: ast.AST) -> None:
        self.found += [(node, other) for other in others]

    # what is no decision: types, decorators, documentation, imports

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        self._visit_all(_without_docstring(node.body))

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all(_without_docstring(node.body))

    def visit_Module(self, node: ast.Module) -> None:
        self._visit_all(_without_docstring(node.body))

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):
            return  # documentation of a field, or an ellipsis
        if isinstance(node.value, ast.Yield | ast.YieldFrom):
            self._add(node, ast.Expr(ast.YieldFrom(ast.Tuple([], ast.Load()))))
        else:
            self._add(node, ast.Pass())
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None and not _is_named(node.annotation, "TypeAlias"):
            self._assigned((node.target,), node)
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        if any(isinstance(each, ast.Name) and each.id == "__all__" for each in node.targets) or _is_type(node.value):
            return
        self._assigned(node.targets, node)
        if isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
            self._visit_all(node.value.elts)  # as many as there are names
        else:
            self.visit(node.value)

    def _assigned(self, targets: Sequence[ast.expr], node: ast.stmt) -> None:
        if all(isinstance(each, ast.Subscript | ast.Attribute) for each in targets):
            self._add(node, ast.Pass())

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        self._condition(node.test, True, False)
        self.generic_visit(node)

    # statements

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._add(node, ast.Pass())
        if other := _ARITHMETIC.get(type(node.op)):
            self._add(node, _with(node, op=other()))
        self.visit(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        if isinstance(node.exc, ast.Call) and _called(node.exc) == "AssertionError":
            return  # as an assertion
        self._add(node, ast.Pass())
        self._no_text.update(id(each) for each in ast.walk(node) if _is_text(each) and _has_space(each))
        self.generic_visit(node)

    def visit_Delete(self, node: ast.Delete) -> None:
        self._add(node, ast.Pass())

    def visit_Break(self, node: ast.Break) -> None:
        self._add(node, ast.Pass())

    def visit_Continue(self, node: ast.Continue) -> None:
        self._add(node, ast.Pass())

    def visit_Assert(self, node: ast.Assert) -> None:
        """It holds whatever happens: no test can see it go."""

    def visit_Return(self, node: ast.Return) -> None:
        before = len(self.found)
        self.generic_visit(node)
        if node.value is not None and len(self.found) == before and not isinstance(node.value, ast.Constant):
            self._add(node.value, ast.Constant(None))

    # conditions

    def visit_While(self, node: ast.While) -> None:
        self._condition(node.test, False)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._add(node, node.body, node.orelse)
        self._leaf(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._condition(test, True)
        self.generic_visit(node)

    def _condition(self, test: ast.expr, *values: bool) -> None:
        if not isinstance(test, ast.Constant):
            self._add(test, *map(ast.Constant, values))
            self._leaf(test)

    def _leaf(self, test: ast.expr) -> None:
        """Its negation tells no more than the two constants in its place."""
        self._conditions.add(id(test))
        if isinstance(test, ast.BoolOp):
            for each in test.values:
                self._leaf(each)
        elif isinstance(test, ast.UnaryOp):
            self._leaf(test.operand)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        for index in range(len(node.values)):
            rest = _without(node.values, index)
            self._add(node, rest[0] if len(rest) == 1 else _with(node, values=rest))
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        for index, operator in enumerate(node.ops):
            others = list(_COMPARISONS.get(type(operator), ()))
            if id(node) in self._conditions:
                others = others[:1]
            elif type(operator) in _NEGATIONS:
                others.append(_NEGATIONS[type(operator)])
            self._add(node, *(_with(node, ops=[*node.ops[:index], each(), *node.ops[index + 1 :]]) for each in others))
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if not (isinstance(node.op, ast.Not) and id(node) in self._conditions):
            self._add(node, node.operand)
        if not isinstance(node.operand, ast.Constant):
            self.visit(node.operand)

    # values

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if isinstance(node.op, _ONE_SIDE):
            self._add(node, node.left, node.right)
        other = _ARITHMETIC.get(type(node.op))
        if other and (not isinstance(node.op, _ONE_SIDE) or any(map(_is_number, (node.left, node.right)))):
            self._add(node, _with(node, op=other()))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._add(node, ast.Constant(not node.value))
        elif isinstance(node.value, int | float):
            self._add(node, ast.Constant(node.value + 1))
        elif isinstance(node.value, str) and is_sql(node.value):
            self._add(node, *map(ast.Constant, faults(node.value)))
        elif isinstance(node.value, str | bytes) and id(node) not in self._no_text and not _is_prose(node):
            mark = _MARK if isinstance(node.value, str) else _MARK.encode()
            self._add(node, ast.Constant(mark + node.value))  # type: ignore[operator]

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        texts = {index: part.value for index, part in enumerate(node.values) if isinstance(part, ast.Constant)}
        statements = {index: text for index, text in texts.items() if isinstance(text, str) and is_sql(text)}
        for index, statement in statements.items():
            others = (_instead(node.values, index, ast.Constant(fault)) for fault in faults(statement))
            self._add(node, *(_with(node, values=values) for values in others))
        if statements:
            return
        if id(node) not in self._no_text and not any(map(_is_prose, node.values)):
            self._add(node, _with(node, values=[ast.Constant(_MARK), *node.values]))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.ctx, ast.Load) and (others := self._members.get(_owner(node), [])):
            following = others[(others.index(node.attr) + 1) % len(others)]
            if following != node.attr:
                self._add(node, _with(node, attr=following))
        self.generic_visit(node)

    # calls and collections

    def visit_Call(self, node: ast.Call) -> None:
        name = _called(node)
        if name in ("TypeVar", "NewType", "ParamSpec"):
            return
        for index, keyword in enumerate(node.keywords):
            if keyword.arg is not None and keyword.arg not in _UNTESTED_WORDS:
                self._add(node, _with(node, keywords=_without(node.keywords, index)))
        if name in _SWAPPED and isinstance(node.func, ast.Name):
            self._add(node, _with(node, func=ast.Name(_SWAPPED[name], ast.Load())))
        if name in _CONVERSIONS and len(node.args) == 1 and isinstance(node.func, ast.Name):
            self._add(node, node.args[0])
        if name in _TRIMMING and isinstance(node.func, ast.Attribute):
            self._add(node, node.func.value)
        if name in _VARIADIC and len(node.args) > 1:
            first = 0 if name not in ("get", "pop", "getattr", "next", "partial") else len(node.args) - 1
            for index in range(first, len(node.args)):
                rest = _without(node.args, index)
                lone = name in ("max", "min") and len(rest) == 1 and not node.keywords
                self._add(node, rest[0] if lone else _with(node, args=rest))
        if name is not None and name.endswith("Error"):
            self._no_text.update(id(each) for each in ast.walk(node) if _is_text(each) and _has_space(each))
        self._no_text.update(id(each.value) for each in node.keywords if each.arg in _UNTESTED_WORDS)
        if name == "cast":
            return
        self.visit(node.func)
        self._visit_all(node.args)
        self._visit_all(each.value for each in node.keywords if each.arg not in _UNTESTED_WORDS)

    def visit_Dict(self, node: ast.Dict) -> None:
        for index in range(len(node.keys)):
            self._add(node, _with(node, keys=_without(node.keys, index), values=_without(node.values, index)))
        self._visit_all(key for key in node.keys if key is not None and not isinstance(key, ast.Constant))
        self._visit_all(node.values)

    def visit_List(self, node: ast.List | ast.Set) -> None:
        for index in range(len(node.elts)):
            rest = _without(node.elts, index)
            self._add(node, _with(node, elts=rest) if rest or isinstance(node, ast.List) else _call("set"))
        self._visit_all(each for each in node.elts if not isinstance(each, ast.Constant))

    def visit_Set(self, node: ast.Set) -> None:
        self.visit_List(node)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        if not isinstance(node.ctx, ast.Load):
            return
        alike = len({_form(each) for each in node.elts}) == 1 and len(node.elts) > 1
        if alike or any(isinstance(each, ast.Starred) for each in node.elts):
            self._add(node, *(_with(node, elts=_without(node.elts, index)) for index in range(len(node.elts))))
        self._visit_all(each for each in node.elts if not (alike and isinstance(each, ast.Constant)))

    # patterns

    def visit_MatchValue(self, node: ast.MatchValue) -> None:
        """A value to compare with can't be any expression."""
        self.visit(node.value)

    def visit_Match(self, node: ast.Match) -> None:
        for index in range(len(node.cases)):
            if len(node.cases) > 1:
                self._add(node, _with(node, cases=_without(node.cases, index)))
        self.visit(node.subject)
        for case in node.cases:
            if case.guard is not None:
                self._condition(case.guard, True, False)
                self.visit(case.guard)
            self._visit_all(case.body)

    def _visit_all(self, nodes: Iterator[ast.AST] | Sequence[ast.AST]) -> None:
        for each in nodes:
            self.visit(each)


def _members(tree: ast.Module) -> dict[str | None, list[str]]:
    """Of each enum that the module uses, the members that it names: one could be taken for another."""
    found: dict[str | None, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (owner := _owner(node)) is not None:
            found.setdefault(owner, set()).add(node.attr)
    return {owner: sorted(names) for owner, names in found.items()}


def _owner(node: ast.Attribute) -> str | None:
    if isinstance(node.value, ast.Name) and node.value.id[0].isupper() and _CONSTANT.fullmatch(node.attr):
        return node.value.id
    return None


def _called(node: ast.Call) -> str | None:
    function = node.func
    return (
        function.id
        if isinstance(function, ast.Name)
        else function.attr
        if isinstance(function, ast.Attribute)
        else None
    )


def _call(name: str) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), [], [])


def _form(node: ast.expr) -> object:
    return (type(node), type(node.value)) if isinstance(node, ast.Constant) else type(node)


def _is_type(node: ast.expr) -> bool:
    """An alias of types, as ``Callable[[A], B]`` or ``int | str``."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.BitOr) and _is_type(node.left) and _is_type(node.right)
    if isinstance(node, ast.Subscript):
        return (isinstance(node.value, ast.Name) and node.value.id[0].isupper()) or _is_builtin_type(node.value)
    return (
        _is_builtin_type(node)
        or (isinstance(node, ast.Constant) and node.value is None)
        or (isinstance(node, ast.Name) and node.id[0].isupper() and not node.id.isupper())
    )


def _is_named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_builtin_type(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {
        "str", "int", "float", "bool", "bytes", "dict", "list", "tuple", "set", "frozenset", "type",
    }  # fmt: skip


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _has_space(node: ast.AST) -> bool:
    texts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return any(isinstance(each, ast.Constant) and " " in str(each.value) for each in texts)


def _is_prose(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and bool(" " in node.value and _PROSE.search(node.value))
    )


def _without_docstring(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    first = body[0] if body else None
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return chain(body[1:] if documented else body)


def _without(items: Sequence[T], index: int) -> list[T]:
    return [*items[:index], *items[index + 1 :]]


def _instead(items: Sequence[ast.expr], index: int, other: ast.expr) -> list[ast.expr]:
    return [*items[:index], other, *items[index + 1 :]]


def _with(node: Node, **fields: object) -> Node:
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other
