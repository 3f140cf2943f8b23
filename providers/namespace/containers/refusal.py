"""How the handlers say that this runtime can't do something, or couldn't."""

from collections.abc import Iterable, Sequence

from virtwright.errors import HostError, UnsupportedError, Where
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.urn import Urn
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


def start_failure(urn: Urn, argv: Sequence[str], reason: str) -> HostError:
    """The error for a program ``argv`` of the resource ``urn`` that could not be started."""
    hint = None
    if reason.startswith("command not found") and argv and " " in argv[0].strip():
        hint = "each item of a list is one word: write the whole command as one text, or each word as its own item"
    return HostError(f"could not start {KINDS[urn.kind].section}.{urn.name}: {reason}", hint=hint)
