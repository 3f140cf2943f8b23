"""Changes to the state by hand: forgetting resources and renaming them. No host is touched. Pure: records to changes."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from virtwright.engine.selection import address
from virtwright.engine.snapshot import spent_by
from virtwright.engine.state.records import Changes, OperationRecord, ResourceRecord
from virtwright.errors import InputError, StateError
from virtwright.schemas.urn import Urn


def forget(records: Sequence[ResourceRecord], urns: Iterable[Urn]) -> Changes:
    """Remove all rows of ``urns``; their objects stay on the hosts. Raises ``StateError`` where something that stays
    depends on one of them or lives on one of them."""
    gone = frozenset(urns)
    for record in records:
        needed = sorted(gone & {*record.dependencies, record.host})
        if record.urn not in gone and needed:
            raise StateError(
                f"{address(record.urn)} needs {address(needed[0])}",
                hint=f"forget it as well:\n    virtwright state forget {address(needed[0])} {address(record.urn)}",
            )
    left = [record for record in records if record.urn in gone]
    spent = tuple(each for record in left if (each := spent_by(record)) is not None)
    return Changes(remove=tuple(record.row for record in left), spent=spent)


def rename(records: Sequence[ResourceRecord], operations: Sequence[OperationRecord], old: Urn, name: str) -> Changes:
    """Give ``old`` another name, also where others depend on it. Raises ``InputError`` where the new name is taken,
    ``StateError`` while an operation is open."""
    new = replace(old, name=name)
    if any(record.urn == new for record in records):
        raise InputError.one(f"there is a resource {address(new)} already")
    if operations:
        raise StateError("an interrupted run is still to be settled", hint="let it settle first:\n    virtwright apply")
    renamed = (_renamed(record, old, new) for record in records)
    return Changes(put=tuple(after for before, after in zip(records, renamed, strict=True) if after != before))


def _renamed(record: ResourceRecord, old: Urn, new: Urn) -> ResourceRecord:
    def rename(urn: Urn) -> Urn:
        return new if urn == old else urn

    return replace(
        record,
        urn=rename(record.urn),
        host=new if record.host == old else record.host,
        dependencies=frozenset(map(rename, record.dependencies)),
        references=frozenset(map(rename, record.references)),
    )
