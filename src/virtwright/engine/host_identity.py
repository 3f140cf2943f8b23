"""Whether a host is the one that the state has, where what it tells of itself differs. Pure (docs/decisions/0477)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from virtwright.engine.ownership import Operations
from virtwright.engine.state.records import FinishedOperation, ResourceRecord
from virtwright.errors import HostError
from virtwright.providers.base import Observed
from virtwright.schemas.urn import Urn


def differences(known: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What both tell of a host, and each otherwise: it is another host."""
    return sorted(name for name in known.keys() & now.keys() if known[name] != now[name])


def latest_operations(history: Iterable[FinishedOperation]) -> dict[Urn, set[str]]:
    """By URN: the operations, of a ``history`` with the newest first, that its object may bear now: the one that made it,
    or brought it to its host, and those that have changed it since."""
    latest: dict[Urn, set[str]] = {}
    complete: set[Urn] = set()
    for each in history:
        if each.urn not in complete:
            latest.setdefault(each.urn, set()).add(each.id)
            if each.op != "update":
                complete.add(each.urn)
    return latest


def operations_of(record: ResourceRecord, latest: Mapping[Urn, Collection[str]]) -> frozenset[str]:
    """Those that the record's object may bear, as far as the record and the history know."""
    noted = record.traits.operation
    return frozenset((*latest.get(record.urn, ()), *((noted,) if noted is not None else ())))


def impostors(
    objects: Iterable[Observed[Any, Any]], records: Iterable[ResourceRecord], known: Operations
) -> list[Observed[Any, Any]]:
    """Of the ``objects`` on a host that bear the stack's stamp, those that stand where a record has another one. None where any of
    them is proven to be its record's: it is the host then, whatever it tells of itself."""
    by_urn = {str(record.urn): record for record in records if record.id is not None}
    latest = latest_operations(known.finished)
    made = {each.urn for each in known.finished if each.op != "update"}
    others = []
    for each in objects:
        record, operation = by_urn.get(each.stamp.urn), each.stamp.operation
        if record is None or operation in known.open:
            continue
        if each.id == record.id and operation in operations_of(record, latest):
            return []
        if each.id != record.id or record.urn in made or record.traits.operation is not None:
            others.append(each)
    return others


def refusal(uri: str, told: Collection[str], others: Sequence[Observed[Any, Any]]) -> HostError:
    """Why nothing is planned or done on such a host."""
    names = ", ".join(sorted(Urn.parse(each.stamp.urn).name for each in others))
    return HostError(
        f"{uri} is another host than the one that the state has there (its {', '.join(told)} differs), and what it has of this"
        f" stack is not what the state has made: {names}",
        hint="a host that was lost may be back in the place of the living one. To see what is on it, and whose it is:\n"
        f"    virtwright host list {uri}",
    )
