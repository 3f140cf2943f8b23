"""A host whose URI changed, as a plan tells of it."""

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.urn import Urn


@dataclass(frozen=True, slots=True)
class Relocation:
    """A host that the state has at another URI. An event of a plan, and a part of it."""

    host: Urn
    before: str
    """Its URI in the state."""
    now: str
    anew: tuple[str, ...] = ()
    """Resources that are made a second time there, as they can't move."""
    left: tuple[str, ...] = ()
    """The stack's objects at the former place that this plan neither moves nor deletes."""
    unknown: str = ""
    """Why nobody knows what is left there, for people; empty where it is known."""
