"""Variables in Compose files: ``$VAR``, ``${VAR:-default}`` and the other forms.

Source of the format: https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.stacks.compose.item import Item, Steps, map_leaves
from virtwright.stacks.yaml.allowance import Allowance, TooMuchError
from virtwright.stacks.yaml.nodes import START, Position
from virtwright.stacks.yaml.problems import Problems

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS: Final = (":?", ":-", ":+", "?", "-", "+")
_DEEPEST: Final = 32


class TemplateError(Exception):
    """A text has a ``$`` that begins nothing, or a required variable has no value."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(slots=True)
class Substitution:
    """Puts variables into texts, and remembers which had no value."""

    variables: Mapping[str, str]
    allowance: Allowance
    at: Position = START
    """Where the text stands."""
    unset: list[str] = field(default_factory=list)
    """Variables without a value that were used without a default, in the order of their use."""

    def __call__(self, text: str, depth: int = 0) -> str:
        """The text with its variables replaced. Raises ``TemplateError``."""
        if depth > _DEEPEST:
            raise TemplateError(f"variables are nested deeper than {_DEEPEST} levels")
        parts, end = [], 0
        while (start := text.find("$", end)) >= 0:
            parts.append(text[end:start])
            value, end = self._value(text, start, depth)
            self.allowance.take(len(value), self.at)
            parts.append(value)
        return "".join((*parts, text[end:]))

    def _value(self, text: str, start: int, depth: int) -> tuple[str, int]:
        following = text[start + 1 : start + 2]
        if following == "$":
            return "$", start + 2
        if following == "{":
            end = _closing(text, start + 1)
            return self._braced(text[start + 2 : end], depth), end + 1
        if name := _NAME.match(text, start + 1):
            return self._plain(name[0]), name.end()
        raise TemplateError(
            f"in {_short(text)} a $ begins no variable", "write $$ for a plain $, or ${NAME} for a variable"
        )

    def _plain(self, name: str) -> str:
        value = self.variables.get(name)
        if value is None:
            self.unset.append(name)
            return ""
        return value

    def _braced(self, inner: str, depth: int) -> str:
        name = _NAME.match(inner)
        rest = inner[name.end() :] if name else inner
        operator = next((each for each in _OPERATORS if rest.startswith(each)), "")
        if name is None or (rest and not operator):
            raise TemplateError(
                f"${{{_short(inner)}}} is no variable", "write ${NAME}, ${NAME:-default} or ${NAME:?why}"
            )
        if not operator:
            return self._plain(name[0])
        return self._with_operator(name[0], operator, rest[len(operator) :], depth)

    def _with_operator(self, name: str, operator: str, word: str, depth: int) -> str:
        value = self.variables.get(name)
        there = bool(value) if operator.startswith(":") else value is not None
        match operator[-1]:
            case "-":
                return value or "" if there else self(word, depth + 1)
            case "+":
                return self(word, depth + 1) if there else ""
        if there:
            return value or ""
        reason = self(word, depth + 1)
        why = f": {reason}" if reason else ""
        raise TemplateError(
            f"the required variable {name} has no value{why}",
            f"set it, in the environment or in the file .env:\n    {name}=...",
        )


def _closing(text: str, opening: int) -> int:
    level = 0
    for index in range(opening, len(text)):
        if text[index] == "{" and (index == opening or text[index - 1] == "$"):
            level += 1
        elif text[index] == "}":
            level -= 1
            if level == 0:
                return index
    raise TemplateError(f"in {_short(text)} a ${{ has no closing }}", "write $${ for a plain ${")


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


_WHOLE: Final = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?::?[-?][^{}]*)?\})")


def sole_variable(text: str) -> str | None:
    """The variable that ``text`` consists of, where there is nothing else in it."""
    found = _WHOLE.fullmatch(text)
    return (found[1] or found[2]) if found else None


def interpolate(
    root: Item,
    variables: Mapping[str, str],
    problems: Problems,
    unset: Callable[[str, Item, Steps], None],
    allowance: Allowance | None = None,
) -> Item:
    """Every text of a document with its variables replaced. ``unset`` is told of each variable without a value."""
    substitution = Substitution(variables, allowance or Allowance())

    def change(leaf: Item, path: Steps) -> Item:
        if not isinstance(leaf.value, str) or "$" not in leaf.value:
            return leaf
        substitution.unset.clear()
        substitution.at = leaf.spot.at
        try:
            value = substitution(leaf.value)
        except TooMuchError as error:
            problems.add(str(error), error.at, leaf.where(path).path)
            problems.check()
            raise
        except TemplateError as error:
            where = leaf.where(path)
            problems.add(str(error), leaf.spot.at, where.path, error.hint)
            return leaf.with_value("")
        for name in dict.fromkeys(substitution.unset):
            unset(name, leaf, path)
        return replace(leaf, value=value, variable=sole_variable(leaf.value))

    return map_leaves(root, change)
