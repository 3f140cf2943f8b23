"""What a host whose URI changed means for a plan: what is made anew at the new place, and what stays where it was."""

from collections.abc import AsyncIterator, Collection, Iterable

from virtwright.engine.hosts import Connection
from virtwright.engine.relocation import Relocation
from virtwright.engine.run import Run
from virtwright.engine.selection import address
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.step import Op, Step
from virtwright.errors import VirtwrightError
from virtwright.schemas.urn import Urn


async def relocations(run: Run, records: Collection[ResourceRecord]) -> tuple[Relocation, ...]:
    """``records`` are those of the state before the run. A host that is lost is not asked, and is none of these."""
    found: list[Relocation] = []
    for host, place in run.places.declared().items():
        for former in run.places.all(host):
            if former is not place and not former.lost:
                told = await _relocation(run, host, former, place, records)
                run.listen(told)
                found.append(told)
    return tuple(found)


async def _relocation(
    run: Run, host: Urn, former: Connection, place: Connection, records: Collection[ResourceRecord]
) -> Relocation:
    uris = former.host.uri, place.host.uri
    anew = tuple(address(step.urn) for step in run.steps if _is_made_anew(step, *uris))
    try:
        there = {id async for id, _ in _objects(run, place)}
        going = _going(run.steps, records)
        shown = {record.id for record in records} if run.trust.limited else None
        staying = [each async for each in _objects(run, former) if each[0] not in going | there]
        left = tuple(name for id, name in staying if shown is None or id in shown)
    except VirtwrightError as error:
        return Relocation(host, *uris, anew, unknown=run.redactor.scrub(error.message))
    return Relocation(host, *uris, anew, left)


def _is_made_anew(step: Step, before: str, now: str) -> bool:
    moves = any((each.path, each.prior, each.goal) == (("host",), before, now) for each in step.changes)
    return step.op is Op.REPLACE and moves


def _going(steps: Iterable[Step], records: Collection[ResourceRecord]) -> set[str]:
    """Ids of what the steps move or delete."""
    urns = {
        urn
        for step in steps
        if step.op in (Op.REPLACE, Op.DELETE) or step.from_host is not None
        for urn in (step.urn, step.moved_from)
    }
    return {record.id for record in records if record.id is not None and record.urn in urns}


async def _objects(run: Run, place: Connection) -> AsyncIterator[tuple[str, str]]:
    """The ids of the stack's own, each with its name for people."""
    for kind in place.handlers:
        for seen in (await run.places.listing(place, kind)).objects:
            yield seen.id, f"{address(Urn.parse(seen.stamp.urn))} ({seen.id})"
