"""How the handlers say that Docker can't do something."""

from collections.abc import Iterable

from virtwright.providers import refusal
from virtwright.providers.refusal import Refusal, given, known, listed

__all__ = ["Refusal", "given", "known", "listed", "refuse"]


def refuse(refusals: Iterable[Refusal], what: str = "a Docker host") -> None:
    """Raises ``UnsupportedError`` for the first that is asked for."""
    refusal.refuse(refusals, what)
