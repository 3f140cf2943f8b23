"""The beginning of a run: what an earlier one left open is looked up on its host and settled."""

import asyncio
import time
from dataclasses import replace
from typing import Any, Final

from virtwright.engine.events import IntentSettled, Warned
from virtwright.engine.hosts import Connection
from virtwright.engine.journeys import source_of
from virtwright.engine.moving import machines_first, settled_move
from virtwright.engine.run import Run
from virtwright.engine.selection import address
from virtwright.engine.settle import Settlement, settle
from virtwright.engine.state.records import OperationRecord
from virtwright.errors import HostError, Problem, VirtwrightError, Where
from virtwright.providers.base import Observed
from virtwright.providers.hooks import Lingers, Recalls, offers
from virtwright.schemas.kinds import DYNAMIC


async def settle_all(run: Run, operations: list[OperationRecord]) -> None:
    """Settle each; what can't be looked up now stays open, and its host stays known until it can."""
    await _let_hosts_finish(run, operations)
    for operation in machines_first(operations):
        run.redactor.learn(operation.inputs)
        settlement = await _settled(run, operation)
        if settlement is None:
            run.unsettled |= {urn for urn in (operation.host, source_of(operation)) if urn is not None}
            continue
        await run.actor.commit(settlement.changes)
        run.listen(IntentSettled(operation.urn, operation.id, settlement.outcome))


_met: Final[dict[str, float]] = {}
"""When this process first met an open operation, by its id."""


async def _let_hosts_finish(run: Run, operations: list[OperationRecord]) -> None:
    """Wait where a host may still be busy with what a killed process had asked it for."""
    now = time.monotonic()
    busy = 0.0
    for operation in operations:
        met = _met.setdefault(operation.id, now)
        for place in run.places.all(operation.host) if operation.host is not None else ():
            handler = place.handlers.get(operation.kind)
            if offers(handler, Lingers) and not place.lost:
                busy = max(busy, met + handler.linger - now)
    if busy > 0:
        await asyncio.sleep(busy)


async def _settled(run: Run, operation: OperationRecord) -> Settlement | None:
    try:
        if operation.op == "move":
            return await settled_move(run, operation)
        settlement = settle(operation, await _objects(run, operation), run.snapshot)
        settlement = _with_secrets(run, settlement)
        if _is_out_of_sight(settlement):
            for place in (each for each in _places(run, operation) if not each.lost):
                await run.actor.tidy(place, operation.kind)
                _warn_of_the_unseen(run, operation, place)
        return settlement
    except VirtwrightError as error:
        message = f"what an earlier run left open on {address(operation.urn)} can't be settled now: {error.message}"
        run.listen(Warned(run.redactor.scrub_problem(Problem(message, error.where, error.hint))))
        return None


async def _objects(run: Run, operation: OperationRecord) -> list[Observed[Any, Any]]:
    found: list[Observed[Any, Any]] = []
    for place in _places(run, operation):
        found += (await run.hosts.listing(place, operation.kind)).objects
    return found


def _with_secrets(run: Run, settlement: Settlement) -> Settlement:
    """A program's own code repeats what it was given: what was secret then is secret in its outputs."""
    if settlement.operation.kind != DYNAMIC.name:
        return settlement
    put = tuple(replace(each, outputs=run.redactor.wrap(each.outputs)) for each in settlement.changes.put)
    return replace(settlement, changes=replace(settlement.changes, put=put))


def _warn_of_the_unseen(run: Run, operation: OperationRecord, place: Connection) -> None:
    """Nothing lists what a program's own code makes, so that it may have made something before it was ended."""
    if operation.op == "delete" or not offers(place.handlers.get(operation.kind), Recalls):
        return
    message = (
        f"{address(operation.urn)} was being created when an earlier run was ended from outside: whether its code had"
        " made something by then, nobody can tell"
    )
    hint = "look where it makes things; what is there and should not be has to be removed by hand"
    run.listen(Warned(Problem(message, Where(urn=str(operation.urn)), hint)))


def _is_out_of_sight(settlement: Settlement) -> bool:
    """Whether it was about an object that is made or removed, and none is there."""
    op, outcome = settlement.operation.op, settlement.outcome
    return outcome == "removed" or (op in ("create", "replace") and outcome == "nothing")


def _places(run: Run, operation: OperationRecord) -> list[Connection]:
    if operation.host is None:
        return []
    places = run.places.all(operation.host)
    if not places:
        raise HostError(f"the state does not know the host {operation.host.name} any more")
    return places
