"""Moves to another host: how one would go, carrying one out, and settling one that was cut off."""

from dataclasses import replace
from typing import Any

from virtwright.engine.actor import Task
from virtwright.engine.hosts import Connection
from virtwright.engine.journeys import Along, CutOff, mover
from virtwright.engine.run import Run
from virtwright.engine.selection import address
from virtwright.engine.settle import Settlement, settle_move
from virtwright.engine.state.records import Changes, OperationRecord, ResourceRecord
from virtwright.engine.step import Op
from virtwright.errors import HostError, RefusedError, VirtwrightError, Where
from virtwright.providers.base import Observed
from virtwright.providers.moves import Journey, Passage
from virtwright.schemas.kinds import EVERY_KIND
from virtwright.schemas.model import Model
from virtwright.schemas.urn import Urn
from virtwright.stacks.base import Goal


async def passage(
    run: Run, goal: Goal, place: Connection, home: Connection, observed: Observed[Any, Any], prior: Model, model: Model
) -> Passage | None:
    """How the object would get from ``home`` to ``place``; None where it can't, and has to be made anew."""
    handler = mover(home, goal.kind)
    if handler is None or not observed.complete:
        return None
    journey = _journey(run, goal, observed.id, place)
    return await run.hosts.call(home, lambda: handler.passage(journey, prior, model))


async def move(run: Run, task: Task, home: Connection) -> ResourceRecord:
    """Bring the object to its goal's host. A volume that a machine uses comes with the machine."""
    goal, prior, place = task.desired.goal, task.prior, task.connection
    assert prior is not None and prior.id is not None and place is not None and task.passage is not None
    assert goal.host is not None
    leaves = goal.host if home in run.places.all(goal.host) else prior.host or goal.host
    journey = _journey(run, goal, prior.id, place)
    record, operation = await run.actor.move(task, home, leaves, journey)
    if task.passage.along:
        run.along[goal.urn] = Along(
            record, str(prior.outputs.get("name")), _cut(operation, prior.id, goal.kind, home, place, journey)
        )
    if not run.planning:
        await _welcome(run, goal)
    return record


def _cut(operation: str, id: str, kind: str, home: Connection, place: Connection, journey: Journey) -> CutOff | None:
    handler = mover(home, kind)
    return CutOff(operation, id, kind, handler, home, place, journey) if operation and handler is not None else None


async def _welcome(run: Run, goal: Goal) -> None:
    """Record the volumes that the machine has brought along."""
    for each in _brought(run, goal):
        if each.cut is not None:
            await run.actor.arrive(each.cut, arrived=True)
            await run.actor.commit(Changes(end=(each.cut.operation,), put=(each.record,)))
            run.along[each.record.urn] = replace(each, cut=None)


def _journey(run: Run, goal: Goal, id: str, place: Connection) -> Journey:
    coming = {each.after: each.before for each in _brought(run, goal)}
    going = frozenset(run.going.get(place.name, ())) if run.planning else frozenset()
    return Journey(id, place.handler(goal.kind), coming, going)


def _brought(run: Run, goal: Goal) -> list[Along]:
    """What goes along with the resource."""
    return [run.along[urn] for urn in sorted(goal.dependencies | goal.references) if urn in run.along]


def check_company(run: Run) -> None:
    """Note a failure for each volume whose machine stays where it is: neither could be without the other."""
    going = {step.urn for step in run.steps if step.op is Op.MOVE and step.from_host is not None}
    for urn, each in run.along.items():
        if any(record.urn in going for record in run.snapshot.dependants(urn)):
            continue
        host = each.record.host.name if each.record.host is not None else ""
        error = RefusedError(
            f"{address(urn)} would move to {host}, but a machine that uses it does not",
            where=Where(urn=str(urn)),
            hint="let both move in one run, or take the volume out of the machine first",
        )
        run.fail(error, urn, each.record.kind, host, 0.0)


def check_whereabouts(run: Run, *urns: Urn) -> None:
    """Raises ``HostError`` where an earlier run was moving it, and one of the two hosts can't be asked now. The ``urns`` are its
    names."""
    for urn in urns:
        if (error := run.astray.get(urn)) is not None:
            raise HostError(
                f"which host {address(urn)} is on can't be told: an earlier run was moving it, and {error.message}",
                hint="apply again when both hosts answer",
            )


def machines_first(operations: list[OperationRecord]) -> list[OperationRecord]:
    """Whether a volume has arrived depends on its machine."""
    return sorted(operations, key=lambda each: each.op == "move" and EVERY_KIND[each.kind].holds_data)


async def settled_move(run: Run, operation: OperationRecord) -> Settlement:
    """The object is where its hosts say; what is left on the other one goes. Raises what keeps that from being told."""
    try:
        cut = CutOff.of(run.places, operation)
        arrived = cut is not None and await cut.arrived(run.hosts)
        seen = await cut.seen(run.hosts) if cut is not None and arrived else None
        if arrived and seen is None:
            raise HostError("it is changing just now")
    except VirtwrightError as error:
        run.astray[operation.urn] = error
        raise
    settlement = settle_move(operation, seen, run.snapshot)
    if cut is not None:
        await cut.forget(run.hosts, arrived=arrived)
        run.going.setdefault(cut.home.name if arrived else cut.place.name, set()).add(cut.object_id)
        await _tidied(run, cut, settlement, arrived=arrived)
    return settlement


async def _tidied(run: Run, cut: CutOff, settlement: Settlement, *, arrived: bool) -> None:
    """Where only the remains can't be removed now, the state knows all the same where the object is."""
    try:
        await run.actor.arrive(cut, arrived=arrived)
    except VirtwrightError:
        await run.actor.commit(Changes(put=settlement.changes.put))
        raise
