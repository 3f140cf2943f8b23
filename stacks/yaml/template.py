"""From nodes to templates: plain values, with expressions where a text holds ``${``."""

from virtwright.schemas.values import UNKNOWN, Value, render_path
from virtwright.stacks.yaml.allowance import Allowance
from virtwright.stacks.yaml.evaluate import Template, evaluate, expressions
from virtwright.stacks.yaml.expressions import OPENING, Expression, parse_text
from virtwright.stacks.yaml.nodes import Node
from virtwright.stacks.yaml.problems import Problems


def to_template(node: Node, problems: Problems, path: tuple[str | int, ...]) -> tuple[Template, bool]:
    """The node as a template, and whether there is an expression in it. ``path`` is where it stands in the file."""
    reader = _Reader(problems, list(path))
    template = reader.read(node)
    return template, reader.dynamic


def literal(node: Node, problems: Problems, path: tuple[str | int, ...]) -> Value:
    """The node's value, where nothing may be computed: ``UNKNOWN`` stands for what is wrong."""
    template, _ = to_template(node, problems, path)
    for where, expression in expressions(template, path):
        problems.add("no reference may stand here", expression.at, render_path(where), "write the value itself")
    return evaluate(template, lambda _: UNKNOWN, Allowance())


class _Reader:
    def __init__(self, problems: Problems, path: list[str | int]) -> None:
        self._problems = problems
        self._path = path
        self.dynamic = False

    def read(self, node: Node) -> Template:
        value = node.value
        if isinstance(value, str):
            return self._text(value, node) if OPENING in value else value
        if isinstance(value, dict):
            return {key: self._inside(key, item) for key, item in value.items() if self._is_plain(key, node)}
        if isinstance(value, list):
            return [self._inside(index, item) for index, item in enumerate(value)]
        return value

    def _inside(self, part: str | int, node: Node) -> Template:
        self._path.append(part)
        template = self.read(node)
        self._path.pop()
        return template

    def _text(self, text: str, node: Node) -> str | Expression:
        try:
            parsed = parse_text(text, node.at)
        except ValueError as error:
            self._problems.add(str(error), node.at, render_path(tuple(self._path)))
            return ""
        self.dynamic = self.dynamic or isinstance(parsed, Expression)
        return parsed

    def _is_plain(self, key: str, node: Node) -> bool:
        if OPENING not in key:
            return True
        path = render_path(tuple(self._path))
        self._problems.add(f"the key {key!r} holds ${{: references stand in values, not in keys", node.keys[key], path)
        return False
