"""What bears the stack's identity and the state lacks, as after a restored backup: a destroy takes it into the state and deletes it."""

from collections.abc import Collection
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
    known = run.snapshot.ids | run.made
    found = [each async for each in seen_anywhere(run) if each[2].id not in known]
    for host, kind, seen in found:
        if not run.selection.includes_delete(Urn.parse(seen.stamp.urn)):
            continue
        record = _record(run, host, kind, seen)
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


def _record(run: Run, host: Urn, kind: str, seen: Observed[Any, Any]) -> ResourceRecord:
    record = with_proof(record_of_seen(host, kind, seen), seen.stamp, run.hosts.owner.identity)
    doomed = record.urn in run.snapshot.live
    return replace(record, inputs=run.redactor.wrap(record.inputs), doomed=doomed)


def users_of(run: Run, record: ResourceRecord, others: Collection[ResourceRecord]) -> list[ResourceRecord]:
    """Which of the ``others`` go before the record, for all that is known: what uses an object is not told by the object."""
    return [
        each
        for each in others
        if each.host == record.host
        and {each.row, record.row} & run.unrecorded
        and _USERS_FIRST.get(each.kind, 2) < _USERS_FIRST.get(record.kind, 2)
    ]
