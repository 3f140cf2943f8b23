"""Reading one file of a Compose project: its text, within limits, as items."""

import re
from pathlib import Path
from typing import Final

from virtwright.errors import InputError, Where
from virtwright.stacks.compose.dotenv import DotenvError, parse_dotenv
from virtwright.stacks.compose.item import Item, from_node
from virtwright.stacks.yaml.compose import Dialect, compose
from virtwright.stacks.yaml.nodes import Scalar
from virtwright.stacks.yaml.problems import Problems
from virtwright.stacks.yaml.scalars import resolve
from virtwright.stacks.yaml.source import read_text

_OCTAL: Final = re.compile(r"[-+]?0[0-7_]+")
_SPLIT_NUMBER: Final = re.compile(r"[-+]?[0-9]+(?:_[0-9]+)+")
_BINARY: Final = re.compile(r"[-+]?0b[01_]+")


def _resolve(text: str) -> Scalar:
    """As Go's YAML library, with which Compose reads: ``0755`` is octal, ``1_000`` a number."""
    if _OCTAL.fullmatch(text):
        return int(text.replace("_", ""), 8)
    if _BINARY.fullmatch(text):
        return int(text.replace("_", ""), 2)
    if _SPLIT_NUMBER.fullmatch(text):
        return int(text.replace("_", ""))
    return resolve(text)


COMPOSE: Final = Dialect(
    resolve=_resolve,
    tags=frozenset(("!reset", "!override")),
    empty_hint="a Compose file has services:\n    services: {web: {image: nginx}}",
    kind="a Compose file",
    pure=True,
)


def read_file(path: Path, folder: Path, *, where: Where | None = None) -> Item:
    """The document in ``path``; relative paths in it are relative to ``folder``. ``where`` is the place that named it.

    Raises ``InputError``.
    """
    problems = Problems(str(path))
    root = compose(read_text(path, where=where), problems, COMPOSE)
    if not isinstance(root.value, dict):
        problems.add("a Compose file is a map with the key services", root.at, hint=COMPOSE.empty_hint)
    problems.check()
    return from_node(root, str(path), folder)


def read_variables(path: Path, outer: dict[str, str], *, where: Where | None = None) -> dict[str, str]:
    """The variables of an env file. Raises ``InputError``."""
    text = read_text(path, where=where)
    try:
        return parse_dotenv(text, outer)
    except DotenvError as error:
        raise InputError.one(str(error), where=Where(str(path), error.line), hint="a line is NAME=value") from error
