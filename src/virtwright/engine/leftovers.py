"""What bears a stamp on a host, whichever stack it names, and what it takes to remove what no record knows."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from virtwright.errors import RefusedError, UnsupportedError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Handler, Provider, Stamp
from virtwright.providers.context import Context
from virtwright.providers.contract import handlers_of
from virtwright.providers.hooks import HoldsStacks, Spreads, Stops, TellsRemains, offers
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.urn import Urn

_USERS_FIRST: Final = ("Service", "Container", "VirtualMachine", "Image", "Volume", "Network")


@dataclass(frozen=True, slots=True)
class Stamped:
    """One such object."""

    stack: str
    """The full name, as its stamp has it."""
    kind: str
    id: str
    stamp: Stamp | None = None
    """None for what is no resource, but was made for one."""
    part: str = ""
    """What it is called on its host, where it is a part of a resource: a copy of a service."""
    remain: str = ""
    """What it is, for people, where it is no resource."""
    displaced: bool = False
    """It bears a stamp that was written for another object: it was renamed, or is a copy."""

    @property
    def urn(self) -> Urn | None:
        return Urn.parse(self.stamp.urn) if self.stamp is not None else None

    @property
    def operation(self) -> str:
        """The id of the operation in its stamp."""
        return self.stamp.operation if self.stamp is not None else ""

    @property
    def identity(self) -> str:
        """That of the stack in its stamp."""
        return self.stamp.identity if self.stamp is not None else ""

    @property
    def name(self) -> str:
        """As it was called in its stack: ``volumes.data``."""
        if (urn := self.urn) is None:
            return self.remain
        name = f"{KINDS[self.kind].section}.{urn.name}"
        return f"{name} ({self.part})" if self.part else name

    @property
    def holds_data(self) -> bool:
        return self.stamp is not None and KINDS[self.kind].holds_data

    def is_named_by(self, names: Collection[str]) -> bool:
        """Whether one of ``names`` means it: ``volumes.data``, ``data``, the URN, its id or, of a part, the name on its host."""
        own = {self.id, *({self.part} if self.part else ())}
        if (urn := self.urn) is not None:
            own |= {self.name, f"{KINDS[self.kind].section}.{urn.name}", urn.name, str(urn)}
        return bool(own & {*names})


def stamped(provider: Provider) -> list[Stamped]:
    """All that bears a stamp; what uses others comes before what is used.

    Raises ``HostError`` where the host can't be asked, ``UnsupportedError`` where the provider can't tell.
    """
    if not offers(provider, HoldsStacks):
        raise UnsupportedError("this kind of host can't tell which stacks have something on it")
    kinds = [kind for kind in _USERS_FIRST if kind in handlers_of(provider)]
    return [
        each
        for stack in sorted(provider.stacks())
        for find in (_remains, _objects)
        for kind in kinds
        for each in find(handlers_of(provider)[kind], stack, kind)
    ]


def check_loss(found: Collection[Stamped], allowed: Collection[str]) -> None:
    """Raises ``RefusedError``, before anything is removed, where data would be lost that the user did not name."""
    losing = [each for each in found if each.holds_data and not each.is_named_by(allowed)]
    if losing:
        names = sorted({each.name for each in losing})
        raise RefusedError(
            f"the data of {', '.join(names)} would be lost",
            hint="if that is what you want, name it:\n    " + " ".join(f"--allow-data-loss {name}" for name in names),
        )


def remove(provider: Provider, found: Stamped, context: Context) -> None:
    """Delete the object. Raises ``HostError`` where the host refuses."""
    handler = handlers_of(provider)[found.kind]
    if found.stamp is None and offers(handler, TellsRemains):
        handler.remove_remain(found.id, context)
    elif found.part and offers(handler, Spreads):
        handler.remove_part(found.id, context)
    else:
        handler.delete(found.id, context)


def stop(provider: Provider, found: Stamped, context: Context) -> None:
    """Let it run no more, and leave it where it is. Raises ``HostError`` where the host refuses, and as ``check_stop``."""
    check_stop(provider, found)
    handler = handlers_of(provider)[found.kind]
    if offers(handler, Stops):
        handler.stop(found.id, context)


def check_stop(provider: Provider, found: Stamped) -> None:
    """Raises ``UnsupportedError`` where it is nothing that can be stopped."""
    if found.stamp is None or not offers(handlers_of(provider)[found.kind], Stops):
        raise UnsupportedError(f"{found.name} can't be stopped: it can only be removed")


def _objects(handler: Handler[Any, Any], stack: str, kind: str) -> Iterator[Stamped]:
    if offers(handler, Spreads):
        for part in handler.parts(stack):
            yield Stamped(stack, kind, part.id, part.stamp, part=part.name, displaced=part.displaced)
        return
    for each in handler.observe(stack):
        yield Stamped(stack, kind, each.id, each.stamp, displaced=each.displaced)


def _remains(handler: object, stack: str, kind: str) -> Iterator[Stamped]:
    if offers(handler, TellsRemains):
        for each in handler.remains(stack):
            yield Stamped(stack, kind, each.id, remain=each.name)
