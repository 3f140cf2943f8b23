"""How every resource of a stack is doing, as its host says now."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from typing import Any

from virtwright.cli.reach import Reach, reach_hosts
from virtwright.engine.masking import Redactor
from virtwright.engine.observing import observe
from virtwright.engine.ownership import Ownership
from virtwright.engine.selection import address
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.state.stack import StackState
from virtwright.engine.state.store import StateStore
from virtwright.errors import VirtwrightError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import CopyState, Observed
from virtwright.providers.contract import handlers_of, operations_of
from virtwright.providers.hooks import HasCopies, offers
from virtwright.stacks.base import COMPONENT_KIND

GONE = "gone"
UNREACHABLE = "unreachable"
PRESENT = "present"
_THREADS = 16
_ILL = frozenset((GONE, UNREACHABLE))


@dataclass(frozen=True, slots=True)
class Row:
    """One resource. What is not known is empty."""

    name: str
    kind: str
    host: str
    state: str
    """What the host calls it; ``present`` for what does not run, ``gone``, or ``unreachable`` with its host."""
    address: str
    health: str
    created: str
    drift: tuple[str, ...] = ()
    """What is wrong with it, in words."""

    @property
    def well(self) -> bool:
        return self.state not in _ILL and not self.drift and self.health != "unhealthy"

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "well": self.well}


@dataclass(frozen=True, slots=True)
class Listing:
    """All objects of one kind on one host, by id; or the error that kept them from being seen."""

    objects: Mapping[str, Observed[Any, Any]]
    error: VirtwrightError | None = None


def survey(store: StateStore, state: StackState) -> list[Row]:
    """Ask every host once for each kind, all hosts at the same time."""
    records = [record for record in state.resources() if not record.doomed and _is_on_a_host(record)]
    with reach_hosts(store, state) as reach, ThreadPoolExecutor(_THREADS) as threads:
        wanted: dict[tuple[str, str], list[ResourceRecord]] = {}
        for record in records:
            if record.host:
                wanted.setdefault((record.host.name, record.kind), []).append(record)
        listings = dict(zip(wanted, threads.map(lambda each: _listing(reach, each), wanted.values()), strict=True))
        copies = list(threads.map(partial(_copies, reach), records))
    missing = Listing({})
    redactor = Redactor()
    redactor.learn([record.inputs for record in records])
    rows: list[Row] = []
    for record, own in zip(records, copies, strict=True):
        rows += [row_of(record, listings.get((_host(record), record.kind), missing), redactor), *own]
    return rows


def _is_on_a_host(record: ResourceRecord) -> bool:
    """Neither a host itself nor a component, which is a name for its parts."""
    return not record.urn.is_host and record.kind != COMPONENT_KIND


def _listing(reach: Reach, records: list[ResourceRecord]) -> Listing:
    """``records``: what the state has of one kind on one host."""
    try:
        handler = handlers_of(reach.provider(records[0]))[records[0].kind]
        stamped, recalled = observe(handler, str(reach.state.name), records)
        own = Ownership.of(reach.state).split(records[0].kind, stamped, records).own
        return Listing({seen.id: seen for seen in (*own, *recalled)})
    except VirtwrightError as error:
        return Listing({}, error)


def _copies(reach: Reach, record: ResourceRecord) -> list[Row]:
    """A row for each copy of a service; none where its hosts can't be asked, which its own row tells."""
    found: Sequence[CopyState] = ()
    try:
        operations = operations_of(reach.provider(record), record.kind)
        if offers(operations, HasCopies) and record.id is not None:
            found = operations.copies(record.id)
    except VirtwrightError:
        return []
    name = address(record.urn)
    return [
        Row(f"{name}[{each.number}]", record.kind, each.host, each.state, each.address, each.health, each.created)
        for each in found
    ]


def row_of(record: ResourceRecord, listing: Listing, redactor: Redactor) -> Row:
    """``redactor``: a health check may have printed a secret."""
    seen = listing.objects.get(record.id or "")
    trouble: tuple[str, ...] = ()
    told: Mapping[str, Any] = seen.outputs.model_dump() if seen else {}
    if listing.error is not None:
        state, trouble = UNREACHABLE, (listing.error.message,)
    elif seen is None:
        state = GONE
    else:
        state, trouble = str(told.get("state") or PRESENT), tuple(_words(record, seen))
    return Row(
        name=address(record.urn),
        kind=record.kind,
        host=_host(record),
        state=state,
        address=_address(told),
        health=health_of(record, seen, state),
        created=record.created,
        drift=tuple(map(redactor.scrub, trouble)),
    )


def health_of(record: ResourceRecord, seen: Observed[Any, Any] | None, state: str) -> str:
    """Where there is a check of what runs: ``unhealthy`` once it has failed, else ``healthy``."""
    checked = record.inputs.get("healthcheck")
    if seen is None or not checked or checked.get("disabled") or state == GONE or state.startswith("exited"):
        return ""
    return "unhealthy" if any(change.field == "health" for change in seen.drift) else "healthy"


def _words(record: ResourceRecord, seen: Observed[Any, Any]) -> Iterable[str]:
    """What is wrong with it. Whether it runs is an input of a machine, and no drift of its object."""
    for change in seen.drift:
        yield f"{change.field} is {change.prior}, should be {change.goal}"
    if "power" in seen.inputs.model_fields_set:
        wanted = record.inputs.get("power", type(seen.inputs).model_fields["power"].default)
        if seen.inputs.power != wanted:
            yield f"power is {seen.inputs.power}, should be {wanted}"


def _address(outputs: Mapping[str, Any]) -> str:
    for field in ("address", "cidr", "path", "reference"):
        if outputs.get(field):
            return str(outputs[field])
    return ", ".join(map(str, outputs.get("addresses") or ()))


def _host(record: ResourceRecord) -> str:
    return record.host.name if record.host else ""
