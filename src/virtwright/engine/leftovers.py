"""What stacks left behind on a host: objects with the stamp of a stack that the state does not have there."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from virtwright.errors import RefusedError, UnsupportedError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Handler, Provider
from virtwright.providers.context import Context
from virtwright.providers.contract import handlers_of
from virtwright.providers.hooks import HoldsStacks, TellsRemains, offers
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
    urn: Urn | None = None
    """None for what is no resource, but was made for one."""
    remain: str = ""
    """What that is, for people."""
    operation: str = ""
    """The id of the operation in its stamp."""

    @property
    def name(self) -> str:
        """As it was called in its stack: ``volumes.data``."""
        return f"{KINDS[self.kind].section}.{self.urn.name}" if self.urn is not None else self.remain

    @property
    def holds_data(self) -> bool:
        return self.urn is not None and KINDS[self.kind].holds_data

    def is_named_by(self, names: Collection[str]) -> bool:
        """Whether one of ``names`` means it: ``volumes.data``, ``data`` or the URN."""
        return self.urn is not None and bool({self.name, self.urn.name, str(self.urn)} & {*names})


def leftovers(provider: Provider, known: Collection[str]) -> list[Leftover]:
    """What bears the stamp of any stack but the ``known`` ones; what uses others comes before what is used.

    Raises ``HostError`` where the host can't be asked, ``UnsupportedError`` where the provider can't tell.
    """
    if not offers(provider, HoldsStacks):
        raise UnsupportedError("this kind of host can't tell which stacks have something on it")
    strangers = sorted(set(provider.stacks()) - set(known))
    kinds = [kind for kind in _USERS_FIRST if kind in handlers_of(provider)]
    return [
        each
        for stack in strangers
        for find in (_remains, _objects)
        for kind in kinds
        for each in find(handlers_of(provider)[kind], stack, kind)
    ]


def check_loss(found: Collection[Leftover], allowed: Collection[str]) -> None:
    """Raises ``RefusedError``, before anything is removed, where data would be lost that the user did not name."""
    losing = [each for each in found if each.holds_data and not each.is_named_by(allowed)]
    if losing:
        names = sorted({each.name for each in losing})
        raise RefusedError(
            f"the data of {', '.join(names)} would be lost",
            hint="if that is what you want, name it:\n    " + " ".join(f"--allow-data-loss {name}" for name in names),
        )


def remove(provider: Provider, leftover: Leftover, context: Context) -> None:
    """Delete the object. Raises ``HostError`` where the host refuses."""
    handler = handlers_of(provider)[leftover.kind]
    if leftover.urn is None and offers(handler, TellsRemains):
        handler.remove_remain(leftover.id, context)
    else:
        handler.delete(leftover.id, context)


def _objects(handler: Handler[Any, Any], stack: str, kind: str) -> Iterator[Leftover]:
    for each in handler.observe(stack):
        yield Leftover(stack, kind, each.id, Urn.parse(each.stamp.urn), operation=each.stamp.operation)


def _remains(handler: object, stack: str, kind: str) -> Iterator[Leftover]:
    if offers(handler, TellsRemains):
        for each in handler.remains(stack):
            yield Leftover(stack, kind, each.id, remain=each.name)
