"""Whose each object on a host is: in the records of a store's states, theirs without a record, or somebody else's. Pure but for
reading the store.

A host may answer at several URIs: by another name, or by an alias of ``ssh_config``. Then the objects there bear the stamps of operations
that the state knows as those that made them, or changed them since. What is left of an earlier object, on a host that was lost, bears
an older one. What tells a host from others, such as a machine's id, is evidence against that: where it differs it is another host. Where it is
the same it proves nothing, as machines are copied (docs/decisions/0477).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from typing import Self

from virtwright.engine.host_identity import differences, latest_operations, operations_of
from virtwright.engine.leftovers import Stamped
from virtwright.engine.ownership import Operations, Ownership
from virtwright.engine.places import former_inputs
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.state.stack import StackState
from virtwright.engine.state.store import StateStore
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import named_identity
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import reveal

_Key = tuple[str, str, str]
"""URN, id and operation of an object."""


class Whose(StrEnum):
    """Whose an object with a stamp is, as it is told."""

    RECORDED = "this state's"
    UNRECORDED = "this state's, in no record"
    OTHER = "another state's"
    ENGINE = "Pulumi's engine's"
    UNPROVEN = "not known"
    COPY = "nobody's, its stamp was copied"


@dataclass(frozen=True, slots=True)
class Place:
    """A host as it answers."""

    uri: str
    evidence: Mapping[str, str] = field(default_factory=dict)
    """What tells it from others."""


@dataclass(frozen=True, slots=True)
class KnownHost:
    """A host as a state has it."""

    uris: frozenset[str]
    """Where it is, and where it was before its URI changed."""
    evidence: Mapping[str, str] = field(default_factory=dict)

    def differs(self, place: Place) -> bool:
        """Whether ``place`` is proven to be another host."""
        return bool(differences(self.evidence, place.evidence))

    def equals(self, place: Place) -> bool:
        """Whether both tell something, and all of that is the same."""
        return not self.differs(place) and not self.evidence.keys().isdisjoint(place.evidence)


@dataclass(frozen=True, slots=True)
class KnownStack:
    """A stack as its state has it."""

    name: str
    owner: Ownership
    hosts: Mapping[Urn, KnownHost] = field(default_factory=dict)
    records: Sequence[ResourceRecord] = ()
    open: frozenset[str] = frozenset()
    """Operations that are under way, or were cut off."""
    latest: Mapping[Urn, set[str]] = field(default_factory=dict)
    """By URN: the operations that the record's object may bear, as the history knows them."""

    @classmethod
    def of(cls, state: StackState) -> Self:
        """Raises ``StateError`` where it is damaged."""
        records, history, spent = state.resources(), state.history(), state.spent()
        under_way = {each.id: each.urn for each in state.open_operations()}
        return cls(
            str(state.name),
            Ownership(state.identity, lambda: Operations(under_way, tuple(history), spent)),
            {each.urn: _host(each) for each in records if each.urn.is_host},
            [each for each in records if not each.urn.is_host],
            frozenset(under_way),
            latest_operations(history),
        )

    def at(self, place: Place, found: Iterable[Stamped]) -> tuple[frozenset[Urn], frozenset[str]]:
        """The hosts that ``place`` is, and the URIs of those that it is under another one."""
        found = tuple(found)
        same = {urn for urn, host in self.hosts.items() if place.uri in host.uris and not host.differs(place)}
        aliases = {
            urn
            for urn, host in self.hosts.items()
            if place.uri not in host.uris and not host.differs(place) and self._proven(urn, host.equals(place), found)
        }
        return frozenset(same | aliases), frozenset(uri for urn in aliases for uri in self.hosts[urn].uris)

    def knows(self, each: Stamped, here: frozenset[Urn], place: Place) -> bool:
        """Whether a record has this object of the stack's own. ``here`` are the hosts that ``place`` is."""
        if each.operation in self.open:
            return True
        if each.part and each.displaced:
            return False
        if each.stamp is None or each.part:
            return bool(here) and (each.stamp is None or any(record.urn == each.urn for record in self.records))
        ids = {(record.kind, record.id) for record in self.records if record.host in here}
        return (each.kind, each.id) in ids or _key(each) in self._objects(self._answering(place))

    def owns(self, each: Stamped, here: frozenset[Urn]) -> bool:
        """Whether the stamp is this state's."""
        if each.stamp is None:
            return True
        records = (record for record in self.records if record.id == each.id and record.host in here)
        return self.owner.owns(each.stamp, next(records, None))

    def whose(self, each: Stamped, here: frozenset[Urn], place: Place) -> Whose:
        """Whose an object is that bears a stamp of this state."""
        if self.knows(each, here, place):
            return Whose.RECORDED
        return Whose.COPY if each.displaced or self.is_copy(each, here) else Whose.UNRECORDED

    def is_copy(self, each: Stamped, here: frozenset[Urn]) -> bool:
        """Whether a record on the host ``here`` has the object that the operation in the stamp made, and that is another one. The copies
        of a service share an operation."""
        if each.part:
            return False
        ids = {
            record.id
            for record in self.records
            if record.host in here and record.id is not None and each.operation in operations_of(record, self.latest)
        }
        spent = self.owner.operations.spent.get(each.operation)
        ids |= {spent} if spent is not None else set()
        return bool(ids) and each.id not in ids

    def _answering(self, place: Place) -> frozenset[Urn]:
        return frozenset(urn for urn, host in self.hosts.items() if place.uri in host.uris)

    def _proven(self, host: Urn, equal: bool, found: Iterable[Stamped]) -> bool:
        """Whether an object that was ``found`` is one of the host's. The copies of a service share an operation, wherever they
        are, so that they prove nothing unless the evidence is ``equal``."""
        objects = self._objects(frozenset((host,)))
        services = {(urn, operation) for urn, _, operation in objects} if equal else set()
        return any(
            _key(each) in objects or (each.part and (str(each.urn), each.operation) in services) for each in found
        )

    def _objects(self, hosts: frozenset[Urn]) -> set[_Key]:
        return {
            (str(record.urn), record.id, operation)
            for record in self.records
            if record.host in hosts and record.id is not None and not record.doomed
            for operation in operations_of(record, self.latest)
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """All that was found on a host, each with whose it is."""

    objects: Sequence[tuple[Stamped, Whose]]
    same: frozenset[str] = frozenset()
    """The URIs at which the states have hosts that are this one, under another URI."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Of all stacks in a store."""

    stacks: Mapping[str, KnownStack]

    @classmethod
    def of(cls, store: StateStore) -> Self:
        """Raises ``StateError`` where a stack's state is damaged."""
        return cls({str(name): KnownStack.of(store.stack(name)) for name in store.stacks()})

    def everywhere(self) -> frozenset[str]:
        """The full names of all stacks that have a host."""
        return frozenset(name for name, stack in self.stacks.items() if stack.hosts)

    def of_stack(self, stack: str, place: Place) -> list[str]:
        """The URIs at which the state has a stack, but for hosts that ``place`` is proven not to be."""
        known = self.stacks.get(stack)
        hosts = [each for each in known.hosts.values() if not each.differs(place)] if known is not None else []
        return sorted({uri for host in hosts for uri in host.uris} - {place.uri})

    def judge(self, place: Place, found: Sequence[Stamped]) -> Judged:
        """Whose all is that was ``found`` there."""
        here: dict[str, frozenset[Urn]] = {}
        same: set[str] = set()
        for name, stack in self.stacks.items():
            own = [each for each in found if each.stack == name]
            here[name], aliases = stack.at(place, own)
            same |= aliases
        return Judged([(each, self._whose(each, here, place)) for each in found], frozenset(same))

    def recorded(self, place: Place, kind: str, id: str) -> str | None:
        """The stack whose record has this object, which may bear no stamp."""
        for name, stack in self.stacks.items():
            hosts, _ = stack.at(place, ())
            if any((each.kind, each.id) == (kind, id) and each.host in hosts for each in stack.records):
                return name
        return None

    def _whose(self, each: Stamped, here: Mapping[str, frozenset[Urn]], place: Place) -> Whose:
        stack = self.stacks.get(each.stack)
        if stack is not None and stack.owns(each, here[each.stack]):
            return stack.whose(each, here[each.stack], place)
        if each.displaced:
            return Whose.COPY
        if not each.identity:
            return Whose.UNPROVEN
        return Whose.ENGINE if each.identity == named_identity(each.stack) else Whose.OTHER


def _host(record: ResourceRecord) -> KnownHost:
    inputs = (record.inputs, *former_inputs(record))
    return KnownHost(frozenset(str(reveal(each).get("uri")) for each in inputs), record.traits.evidence)


def _key(each: Stamped) -> _Key:
    return str(each.urn), each.id, each.operation
