"""What a host has of a stack: all that bears the stack's stamp, and what it took over, which bears none."""

from collections.abc import Sequence
from typing import Any

from virtwright.engine.ids import new_id
from virtwright.engine.state.records import ResourceRecord, utc_now
from virtwright.providers.base import Found, Handler, Observed, Stamp
from virtwright.providers.context import Known
from virtwright.providers.hooks import Imports, Recalls, offers
from virtwright.schemas.model import to_properties
from virtwright.schemas.urn import Urn


def observe(
    handler: Handler[Any, Any], stack: str, records: Sequence[ResourceRecord]
) -> tuple[tuple[Observed[Any, Any], ...], tuple[Observed[Any, Any], ...]]:
    """Everything of one kind: what bears the name of the stack, of which ``Ownership`` tells whose it is, and what only the
    state speaks for. ``records`` are what that has of the kind on this host."""
    if offers(handler, Recalls):
        return (), tuple(handler.recall(stack, map(known, records)))
    taken_over = {record.id: record for record in records if record.id is not None and record.traits.imported}
    listed = handler.observe(stack)
    stamped = tuple(each for each in listed if not (each.displaced and each.id in taken_over))
    rest = taken_over.keys() - {each.id for each in stamped}
    if not rest or not offers(handler, Imports):
        return stamped, ()
    found = (each for each in handler.find(sorted(rest)) if each.id in rest)
    return stamped, tuple(
        as_stamped(each, str(taken_over[each.id].urn), stack, taken_over[each.id].inputs_hash) for each in found
    )


def as_stamped(found: Found[Any, Any], urn: str, stack: str, inputs_hash: str = "") -> Observed[Any, Any]:
    """As if it bore the stamp that it lacks. The stamp names no operation: none of ours made the object."""
    return Observed(Stamp(stack, urn, "", inputs_hash), found.id, found.inputs, found.outputs, found.drift)


def record_of_seen(host: Urn, kind: str, seen: Observed[Any, Any]) -> ResourceRecord:
    """A record of a stamped object that the state does not know: its inputs are as the host tells them."""
    now = utc_now()
    return ResourceRecord(
        row=new_id(),
        urn=Urn.parse(seen.stamp.urn),
        kind=kind,
        host=host,
        id=seen.id,
        inputs=to_properties(seen.inputs),
        outputs=to_properties(seen.outputs),
        created=now,
        modified=now,
        inputs_hash=seen.stamp.inputs_hash,
    )


def known(record: ResourceRecord) -> Known:
    """What a handler is told of an object that has only the state to speak for it."""
    return Known(
        str(record.urn), record.id or "", record.inputs, record.outputs, record.inputs_hash, record.traits.imported
    )
