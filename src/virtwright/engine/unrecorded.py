"""What bears the stack's identity and the state lacks, as after a restored backup: a destroy takes it into the state and deletes it."""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from virtwright.engine.late import seen_anywhere
from virtwright.engine.observing import record_of_seen
from virtwright.engine.ownership import with_proof
from virtwright.engine.run import Run, host_name
from virtwright.engine.state.records import Changes, ResourceRecord
from virtwright.engine.step import Op, Step
from virtwright.errors import VirtwrightError
from virtwright.providers.base import Observed
from virtwright.schemas.urn import Urn

_REASON: Final = "it bears this stack's stamp, and the state does not know it"
_USERS_FIRST: Final = {"Service": 0, "Container": 0, "VirtualMachine": 0, "Volume": 1}
"""What is not named here is used by all these."""


async def adopt_unrecorded(run: Run) -> None:
    """Into the state goes what the hosts tell of it, so that its deletion is a step as any other. ``run.unrecorded`` has the rows."""
    lacks = lacking(run)
    found = [each async for each in seen_anywhere(run) if lacks(each[2])]
    once = {(kind, seen.id, seen.stamp.operation): (host, kind, seen) for host, kind, seen in reversed(found)}
    for host, kind, seen in sorted(once.values(), key=lambda each: (each[2].made, each[2].id), reverse=True):
        record = await _record(run, host, kind, seen)
        step = Step(Op.ADOPT, record.urn, kind, host_name(host), reason=_REASON)
        try:
            if run.agreement is not None:
                run.agreement.check(step)
        except VirtwrightError as error:
            run.fail(error, record.urn, kind, host.name, 0.0)
            continue
        run.announce(step)
        await run.actor.commit(Changes(put=(record,)))
        run.unrecorded.add(record.row)
        run.count(Op.ADOPT)


def lacking(run: Run) -> Callable[[Observed[Any, Any]], bool]:
    """What tells the objects of the stack that the state lacks, and that this run is about."""
    known, recorded = run.snapshot.ids | run.made, run.snapshot.operations()

    def lacks(seen: Observed[Any, Any]) -> bool:
        return (
            seen.id not in known
            and seen.stamp.operation not in recorded
            and run.selection.includes_delete(Urn.parse(seen.stamp.urn))
        )

    return lacks


async def _record(run: Run, host: Urn, kind: str, seen: Observed[Any, Any]) -> ResourceRecord:
    """In the place of the record of an object that is gone; beside one of an object that is there."""
    record = with_proof(record_of_seen(host, kind, seen), seen.stamp, run.hosts.owner.identity)
    record = replace(record, inputs=run.redactor.wrap(record.inputs))
    live = run.snapshot.live.get(record.urn)
    if live is None or (live.host == host and live.kind == kind and await _is_gone(run, live)):
        return record if live is None else _in_place_of(live, record)
    return replace(record, doomed=True)


def _in_place_of(live: ResourceRecord, record: ResourceRecord) -> ResourceRecord:
    """What the state alone knows of the resource stays."""
    return replace(
        live,
        id=record.id,
        inputs=record.inputs,
        outputs=record.outputs,
        inputs_hash=record.inputs_hash,
        modified=record.modified,
        traits=live.traits.model_copy(
            update={"operation": record.traits.operation, "identity": record.traits.identity}
        ),
    )


async def _is_gone(run: Run, record: ResourceRecord) -> bool:
    """Where a place of its can't be asked, it may be there."""
    with suppress(VirtwrightError):
        listings = [await run.hosts.listing(place, record.kind) for place in run.places.of(record)]
        return not any(record.id in listing.by_id for listing in listings)
    return False


def users_of(run: Run, record: ResourceRecord, others: Collection[ResourceRecord]) -> list[ResourceRecord]:
    """Which of the ``others`` go before the record, for all that is known: what uses an object is not told by the object."""
    return [
        each
        for each in others
        if each.host == record.host
        and {each.row, record.row} & run.unrecorded
        and _USERS_FIRST.get(each.kind, 2) < _USERS_FIRST.get(record.kind, 2)
    ]
