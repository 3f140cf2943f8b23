"""Configuration values as text: on the command line, in the environment, and what a decrypted secret holds."""

from typing import Final

from virtwright.errors import InputError
from virtwright.schemas.declarations import ConfigType, fits_config_type
from virtwright.schemas.values import Value
from virtwright.stacks.yaml.compose import compose
from virtwright.stacks.yaml.nodes import Node
from virtwright.stacks.yaml.problems import Problems
from virtwright.stacks.yaml.scalars import resolve

EXPECTED: Final[dict[ConfigType, str]] = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "list": "a list, as [a, b]",
    "map": "a map, as {a: 1}",
}


def parse_value(text: str, type_: ConfigType) -> Value:
    """The value of a type that ``text`` means. Raises ``ValueError``, without quoting the text."""
    if type_ == "string":
        return text
    value = _parse(text, type_)
    if not fits_config_type(value, type_):
        raise ValueError(f"expected {EXPECTED[type_]}")
    return value


def to_value(node: Node) -> Value:
    """A node as a plain value."""
    if isinstance(node.value, dict):
        return {key: to_value(item) for key, item in node.value.items()}
    if isinstance(node.value, list):
        return [to_value(item) for item in node.value]
    return node.value


def _parse(text: str, type_: ConfigType) -> Value:
    if type_ not in ("list", "map"):
        return resolve(text.strip())
    try:
        problems = Problems("value")
        node = compose(text, problems)
        problems.check()
    except InputError:
        raise ValueError(f"expected {EXPECTED[type_]}") from None
    return to_value(node)
