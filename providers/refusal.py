"""How handlers say that a host can't do something."""

from collections.abc import Iterable, Iterator
from typing import Any

from virtwright.errors import UnsupportedError, Where
from virtwright.schemas.values import Unknown

Refusal = tuple[str, object, str]
"""The field's path, what says that it is asked for, and what to do instead."""


def refuse(refusals: Iterable[Refusal], what: str) -> None:
    """Raises ``UnsupportedError`` for the first that is asked for. ``what`` can't do it: ``a Docker host``."""
    for path, asked, hint in refusals:
        if given(asked):
            raise UnsupportedError(f"{path}: {what} can't do this", where=Where(path=path), hint=hint)


def given(value: object) -> bool:
    """Whether a field says something: it is known, and neither None nor empty nor False."""
    return not isinstance(value, Unknown) and bool(value)


def known(value: Any, default: Any = None) -> Any:
    """The value; ``default`` where it is not known yet."""
    return default if isinstance(value, Unknown) else value


def listed(values: object) -> Iterator[tuple[int, Any]]:
    """The known items of a list, with their places; nothing where the list is not known."""
    return (
        (i, each) for i, each in enumerate(values if isinstance(values, list) else ()) if not isinstance(each, Unknown)
    )
