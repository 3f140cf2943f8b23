"""How much one stack may come to once references, aliases and counts are written out: a small file must not fill the memory."""

from collections.abc import Mapping
from typing import Any, Final

from virtwright.schemas.values import Secret
from virtwright.stacks.yaml.expressions import Expression
from virtwright.stacks.yaml.nodes import Position

MOST: Final = 64 * 1024**2
"""Characters of text, for one stack or project."""
_VALUE: Final = 16
"""Characters that each value counts for besides its text."""


class EvaluationError(ValueError):
    """A reference has no value, or one that doesn't fit where it stands. Never shows a value."""

    def __init__(self, message: str, at: Position) -> None:
        super().__init__(message)
        self.at = at


class TooMuchError(EvaluationError):
    """Nothing after this can be looked at."""


class Allowance:
    """What is left of it."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._left = most

    @property
    def taken(self) -> int:
        return self._most - self._left

    def take(self, size: int, at: Position) -> None:
        """Raises ``TooMuchError`` where that is more than there is left."""
        if size > self._left:
            made = f"{self._most // 1024**2} MiB of text" if self._most >= 1024**2 else f"{self._most} characters"
            raise TooMuchError(f"with what stands here, references and counts make more than {made} of this file", at)
        self._left -= size


def weight(value: Any) -> int:
    """What a value or template counts for; of an expression its own text."""
    total, waiting = 0, [value]
    while waiting:
        each = waiting.pop()
        total += _VALUE
        if isinstance(each, Secret):
            waiting.append(each.value)
        elif isinstance(each, str):
            total += len(each)
        elif isinstance(each, Expression):
            waiting.extend(part for part in each.parts if isinstance(part, str))
        elif isinstance(each, Mapping):
            waiting.extend(each)
            waiting.extend(each.values())
        elif isinstance(each, list | tuple):
            waiting.extend(each)
    return total
