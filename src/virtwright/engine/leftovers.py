"""What stacks left behind on a host: objects with the stamp of a stack that the state does not know."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from virtwright.errors import RefusedError, UnsupportedError
from virtwright.providers.base import HoldsStacks, Observed, Provider
from virtwright.providers.context import Context
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.urn import Urn

_USERS_FIRST: Final = ("Service", "Container", "VirtualMachine", "Image", "Volume", "Network")


@dataclass(frozen=True, slots=True)
class Leftover:
    """One such object."""

    stack: str
    """The full name, as its stamp has it."""
    kind: str
    id: str
    urn: Urn

    @property
    def name(self) -> str:
        """As it was called in its stack: ``volumes.data``."""
        return f"{KINDS[self.kind].section}.{self.urn.name}"

    @property
    def holds_data(self) -> bool:
        return KINDS[self.kind].holds_data


def leftovers(provider: Provider, known: Collection[str]) -> list[Leftover]:
    """What bears the stamp of any stack but the ``known`` ones; what uses others comes before what is used.

    Raises ``HostError`` where the host can't be asked, ``UnsupportedError`` where the provider can't tell.
    """
    if not isinstance(provider, HoldsStacks):
        raise UnsupportedError("this kind of host can't tell which stacks have something on it")
    strangers = sorted(set(provider.stacks()) - set(known))
    kinds = [kind for kind in _USERS_FIRST if kind in provider.handlers]
    return [
        _leftover(stack, kind, each)
        for stack in strangers
        for kind in kinds
        for each in provider.handlers[kind].observe(stack)
    ]


def check_loss(found: Collection[Leftover], allowed: Collection[str]) -> None:
    """Raises ``RefusedError``, before anything is removed, where data would be lost that the user did not name."""
    losing = [
        each for each in found if each.holds_data and not {each.name, each.urn.name, str(each.urn)} & set(allowed)
    ]
    if losing:
        names = sorted({each.name for each in losing})
        raise RefusedError(
            f"the data of {', '.join(names)} would be lost",
            hint="if that is what you want, name it:\n    " + " ".join(f"--allow-data-loss {name}" for name in names),
        )


def remove(provider: Provider, leftover: Leftover, context: Context) -> None:
    """Delete the object. Raises ``HostError`` where the host refuses."""
    provider.handlers[leftover.kind].delete(leftover.id, context)


def _leftover(stack: str, kind: str, observed: Observed[Any, Any]) -> Leftover:
    return Leftover(stack, kind, observed.id, Urn.parse(observed.stamp.urn))
