"""What is true of the stack right now, in memory: the state's records, as this run has changed them."""

from collections.abc import Iterable, Iterator
from dataclasses import field, replace

from virtwright.engine.state.records import Changes, ResourceRecord, Spent
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.kinds import EVERY_KIND
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import reveal
from virtwright.stacks.base import COMPONENT_KIND


@dataclass(slots=True)
class Snapshot:
    """The records by URN. Follows every change that is committed, or in a plan would be."""

    live: dict[Urn, ResourceRecord] = field(default_factory=dict)
    doomed: dict[str, ResourceRecord] = field(default_factory=dict)
    """By row: old halves of replacements, still to be deleted."""
    ids: set[str] = field(default_factory=set)
    """Ids of all objects that the state knew of at any time in this run, those deleted since too."""
    _rows: dict[str, Urn] = field(default_factory=dict)
    _dependants: dict[Urn, set[Urn]] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[ResourceRecord]) -> "Snapshot":
        snapshot = cls()
        snapshot.apply(Changes(put=tuple(records)))
        return snapshot

    def apply(self, changes: Changes) -> None:
        for record in changes.put:
            if record.id is not None:
                self.ids.add(record.id)
            self._drop(record.row)
            if record.doomed:
                self.doomed[record.row] = record
            else:
                self.live[record.urn] = record
                self._rows[record.row] = record.urn
                for dependency in record.dependencies:
                    self._dependants.setdefault(dependency, set()).add(record.urn)
        for row in changes.remove:
            self._drop(row)

    def evidence(self) -> dict[tuple[str, str], dict[str, str]]:
        """By the name and the URI of a host: what it told of itself."""
        return {
            (record.urn.name, str(reveal(record.inputs).get("uri"))): record.traits.evidence
            for record in self.hosts()
            if record.traits.evidence
        }

    def completed(self, changes: Changes) -> Changes:
        """``changes``, and with them every record that depends on one whose URN changes: the state must never hold a
        dependency that is not there. Also what stays of the records of objects that it has no more."""
        if spent := tuple(self._spent(changes)):
            changes = replace(changes, spent=(*changes.spent, *spent))
        following: dict[str, ResourceRecord] = {}
        for before, after in self._renames(changes):
            old = [each for each in self.doomed.values() if before in (each.urn, *each.dependencies)]
            for dependant in (*self.dependants(before), *old):
                known = following.get(dependant.row, dependant)
                following[dependant.row] = _renamed(known, before, after)
        for record in changes.put:
            following.pop(record.row, None)
        return replace(changes, put=(*changes.put, *following.values())) if following else changes

    def _spent(self, changes: Changes) -> Iterator[Spent]:
        after = {**dict.fromkeys(changes.remove), **{record.row: record.id for record in changes.put}}
        for row, id in after.items():
            urn = self._rows.get(row)
            before = self.doomed.get(row) if urn is None else self.live.get(urn)
            if before is not None and before.row == row and before.id != id and (left := spent_by(before)) is not None:
                yield left

    def _renames(self, changes: Changes) -> Iterator[tuple[Urn, Urn]]:
        for record in changes.put:
            before = self._rows.get(record.row)
            if before is not None and before != record.urn:
                yield before, record.urn

    def _drop(self, row: str) -> None:
        self.doomed.pop(row, None)
        urn = self._rows.pop(row, None)
        if urn is None:
            return
        known = self.live.get(urn)
        if known is not None and known.row == row:
            del self.live[urn]
            for dependency in known.dependencies:
                self._dependants.get(dependency, set()).discard(urn)

    def find(self, urn: Urn, aliases: Iterable[Urn]) -> ResourceRecord | None:
        """The record of ``urn``, or of a name that it had before."""
        for name in (urn, *sorted(aliases)):
            if (record := self.live.get(name)) is not None:
                return record
        return None

    def latest(self, record: ResourceRecord) -> ResourceRecord:
        """What became of a record that was read a while ago."""
        urn = self._rows.get(record.row)
        return self.live[urn] if urn is not None else self.doomed.get(record.row, record)

    def old_users(self, urn: Urn) -> list[ResourceRecord]:
        """Old halves of replacements that use ``urn`` and hold no data."""
        return [
            each for each in self.doomed.values() if urn in each.references and not EVERY_KIND[each.kind].holds_data
        ]

    def dependants(self, urn: Urn) -> list[ResourceRecord]:
        """Records that depend on ``urn`` directly."""
        return [self.live[name] for name in sorted(self._dependants.get(urn, ())) if name in self.live]

    def users(self, urn: Urn) -> list[ResourceRecord]:
        """Records that use the outputs of ``urn``, directly or through others; those that nobody uses come first. What
        holds data is never replaced for another's sake, so neither is what uses it."""
        ordered: dict[Urn, ResourceRecord] = {}

        def visit(name: Urn) -> None:
            for record in self.dependants(name):
                if name in record.references and record.urn not in ordered and not EVERY_KIND[record.kind].holds_data:
                    visit(record.urn)
                    ordered[record.urn] = record

        visit(urn)
        return list(ordered.values())

    def resources(self) -> list[ResourceRecord]:
        """All live records of kinds: neither hosts nor components."""
        return [record for record in self.live.values() if record.kind in EVERY_KIND]

    def components(self) -> list[ResourceRecord]:
        return [record for record in self.live.values() if record.kind == COMPONENT_KIND]

    def on_host(self, host: str, kind: str) -> list[ResourceRecord]:
        """The objects of a kind that the state has on a host."""
        return [
            record
            for record in (*self.live.values(), *self.doomed.values())
            if record.kind == kind and record.id and record.host and record.host.name == host
        ]

    def hosts(self) -> list[ResourceRecord]:
        return [record for record in list(self.live.values()) if record.urn.is_host]

    def operations(self) -> dict[str, set[str]]:
        """What made or changed the objects of the records, as far as these tell, with the ids of the objects."""
        found: dict[str, set[str]] = {}
        for record in (*self.live.values(), *self.doomed.values()):
            if record.id is not None and record.traits.operation is not None:
                found.setdefault(record.traits.operation, set()).add(record.id)
        return found

    def known_ids(self) -> set[str]:
        """Ids of all objects that the state knows of, doomed ones included."""
        return {record.id for record in (*self.live.values(), *self.doomed.values()) if record.id is not None}


def spent_by(record: ResourceRecord) -> Spent | None:
    """What stays of a record that goes; None where nothing tells which operation made its object."""
    operation = record.traits.operation
    if record.id is None or operation is None:
        return None
    return Spent(operation, record.id, record.urn, record.created)


def _renamed(record: ResourceRecord, old: Urn, new: Urn) -> ResourceRecord:
    def follow(urns: frozenset[Urn]) -> frozenset[Urn]:
        return frozenset(new if urn == old else urn for urn in urns)

    urn = new if record.doomed and record.urn == old else record.urn
    return replace(record, urn=urn, dependencies=follow(record.dependencies), references=follow(record.references))
