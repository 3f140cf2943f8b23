"""Everything that is wrong with one file, gathered so that it is told in one go."""

from collections.abc import Iterable
from typing import Final

from virtwright.errors import InputError, Problem, Where
from virtwright.schemas.problems import near
from virtwright.schemas.text import printable
from virtwright.stacks.yaml.nodes import Position

MOST: Final = 100
"""After this many the rest is not looked for: the first ones say enough, and a broken file may have thousands."""
_MOST_CANDIDATES: Final = 2000
_LONGEST: Final = 1000


class Problems:
    """The problems of one file, in the order they were found, without repetition."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: dict[Problem, None] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, message: str, at: Position | None, path: str | None = None, hint: str | None = None) -> None:
        """Raises ``InputError`` with everything found where there are too many."""
        line, column = at or (None, None)
        where = Where(self.file, line, column, path and _shown(path))
        self._found[Problem(_shown(message), where, hint and _shown(hint))] = None
        if len(self._found) >= MOST:
            more = Problem(f"more than {MOST} problems; the rest is not shown", Where(self.file))
            raise InputError([*self._sorted(), more])

    def extend(self, problems: Iterable[Problem]) -> None:
        self._found.update(dict.fromkeys(problems))

    def check(self) -> None:
        """Raise ``InputError`` with all that was found, in the order of the file."""
        if self._found:
            raise InputError(self._sorted())

    def all(self) -> list[Problem]:
        """All that was found, in the order of the file."""
        return self._sorted()

    def _sorted(self) -> list[Problem]:
        return sorted(
            self._found,
            key=lambda each: (each.where.file != self.file, each.where.line or 0, each.where.column or 0),
        )


def _shown(text: str) -> str:
    """Fit to be printed: what a file says may hold control characters, or be very long."""
    shown = "\n".join(printable(line) for line in text.split("\n"))
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def suggestion(word: str, candidates: Iterable[str]) -> str | None:
    """``did you mean db?`` where a candidate is near."""
    meant = near(word[:200], list(candidates)[:_MOST_CANDIDATES])
    return f"did you mean {meant}?" if meant else None


def choice(names: Iterable[str], most: int = 12) -> str:
    """``a, b and 3 more`` for a hint."""
    every = list(names)
    text = ", ".join(every[:most])
    return f"{text} and {len(every) - most} more" if len(every) > most else text
