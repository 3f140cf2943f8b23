"""How the handlers say that this runtime can't do something."""

from collections.abc import Iterable

from virtwright.errors import UnsupportedError, Where
from virtwright.schemas.values import Unknown

Refusal = tuple[str, bool, str]
"""The field's path, whether it is asked for, and what to do instead."""


def refuse(refusals: Iterable[Refusal]) -> None:
    """Raises ``UnsupportedError`` for the first that is asked for."""
    for path, asked, hint in refusals:
        if asked:
            raise UnsupportedError(f"{path}: the namespace runtime can't do this", where=Where(path=path), hint=hint)


def given(value: object) -> bool:
    """Whether a field says something: it is known, and neither None nor empty nor False."""
    return not isinstance(value, Unknown) and bool(value)


def differs(value: object, *allowed: object) -> bool:
    """Whether a field is known and says something else than ``allowed``."""
    return not isinstance(value, Unknown) and value not in allowed
