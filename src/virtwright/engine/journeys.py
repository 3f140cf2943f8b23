"""Objects on their way to another host: what goes along with a machine, and a move that an earlier run did not end."""

from dataclasses import replace
from typing import Any

from virtwright.engine.hosts import Connection, Hosts
from virtwright.engine.places import Places
from virtwright.engine.state.records import OperationRecord, ResourceRecord
from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Observed
from virtwright.providers.hooks import Moves, offers
from virtwright.providers.moves import Journey
from virtwright.schemas.urn import Urn


@dataclass(frozen=True, slots=True)
class CutOff:
    """A move whose object may be on either of two hosts, or have left something on both."""

    operation: str
    """The id of its intent."""
    object_id: str
    """Where it was."""
    kind: str
    handler: Moves
    home: Connection
    place: Connection
    journey: Journey

    @classmethod
    def of(cls, places: Places, operation: OperationRecord) -> "CutOff | None":
        """None where its hosts are not two any more. Raises ``HostError`` where the state does not know them."""
        source = source_of(operation)
        homes = places.all(source) if source is not None else []
        goals = places.all(operation.host) if operation.host is not None else []
        if not homes or not goals:
            raise HostError("the state does not know both of its hosts any more")
        home, place = homes[-1] if source == operation.host else homes[0], goals[0]
        handler = mover(home, operation.kind)
        if handler is None or home is place or place.lost or operation.object_id is None:
            return None
        journey = Journey(operation.object_id, place.handler(operation.kind))
        return cls(operation.id, operation.object_id, operation.kind, handler, home, place, journey)

    async def arrived(self, hosts: Hosts) -> bool:
        return await hosts.call(self.place, lambda: self.handler.arrived(self.journey, self.operation))

    async def seen(self, hosts: Hosts) -> Observed[Any, Any] | None:
        """What the move has made, as the other host tells it."""
        listing = await hosts.listing(self.place, self.kind)
        return next((each for each in listing.objects if each.stamp.operation == self.operation), None)

    async def forget(self, hosts: Hosts, *, arrived: bool) -> None:
        """No decision of this run may take for the object what is on the host where it is not; where it is, it is whole."""

        def here(seen: Observed[Any, Any]) -> Observed[Any, Any] | None:
            return None if arrived and seen.id == self.object_id else seen

        def there(seen: Observed[Any, Any]) -> Observed[Any, Any] | None:
            if seen.stamp.operation != self.operation:
                return seen
            return replace(seen, complete=True) if arrived else None

        await hosts.amend(self.home, self.kind, here)
        await hosts.amend(self.place, self.kind, there)


@dataclass(frozen=True, slots=True)
class Along:
    """A volume that goes to another host with the machine that uses it."""

    record: ResourceRecord
    """As it will be when it is there."""
    before: str
    """Its name on the host where it is."""
    cut: CutOff | None
    """Its own move, which ends with the machine's; None in a plan."""

    @property
    def after(self) -> str:
        return str(self.record.outputs.get("name"))


def mover(home: Connection, kind: str) -> Moves | None:
    """The handler of the host where an object is, if it can send it to another one."""
    handler = home.handlers.get(kind) if not home.lost else None
    return handler if offers(handler, Moves) else None


def source_of(operation: OperationRecord) -> Urn | None:
    """The host that the object was on when its move was begun."""
    return Urn.parse(operation.traits.leaves) if operation.traits.leaves is not None else None
