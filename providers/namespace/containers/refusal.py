"""How the handlers say that this runtime can't do something, or couldn't."""

from collections.abc import Iterable, Sequence

from virtwright.errors import HostError
from virtwright.providers import refusal
from virtwright.providers.refusal import Refusal, given, listed
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Unknown

__all__ = ["Refusal", "differs", "given", "listed", "refuse", "start_failure"]


def refuse(refusals: Iterable[Refusal]) -> None:
    """Raises ``UnsupportedError`` for the first that is asked for."""
    refusal.refuse(refusals, "the namespace runtime")


def differs(value: object, *allowed: object) -> bool:
    """Whether a field is known and says something else than ``allowed``."""
    return not isinstance(value, Unknown) and value not in allowed


def start_failure(urn: Urn, argv: Sequence[str], reason: str, elsewhere: str | None = None) -> HostError:
    """The error for a program ``argv`` of the resource ``urn`` that could not be started. ``elsewhere``: a hint for one that
    was not found."""
    missing = reason.startswith("command not found")
    hint = elsewhere if missing else None
    if missing and argv and " " in argv[0].strip():
        hint = "each item of a list is one word: write the whole command as one text, or each word as its own item"
    return HostError(f"could not start {KINDS[urn.kind].section}.{urn.name}: {reason}", hint=hint)
