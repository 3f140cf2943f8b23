"""From a decision about one resource to the actor's calls, in the right order."""

from dataclasses import replace
from typing import Any

from virtwright.engine import sealed
from virtwright.engine.actor import Task, record_of
from virtwright.engine.cascade import clear_the_way
from virtwright.engine.decide import current_inputs
from virtwright.engine.hashing import stamp_hash
from virtwright.engine.hosts import Connection
from virtwright.engine.moving import move
from virtwright.engine.ownership import with_proof
from virtwright.engine.run import Run
from virtwright.engine.state.records import Changes, ResourceRecord, utc_now
from virtwright.engine.state.traits import Traits
from virtwright.engine.step import Op
from virtwright.providers.base import Observed
from virtwright.providers.hooks import NotesOwners, StampsOnce, offers
from virtwright.schemas.model import to_properties
from virtwright.schemas.values import Properties, equal, mark_secrets


async def carry_out(
    run: Run, task: Task, observed: Observed[Any, Any] | None, home: Connection | None
) -> ResourceRecord:
    """Do the task's step. ``observed`` is the object that is there now, and ``home`` the place where it is."""
    if observed is None or home is None:
        return await run.actor.create(task)
    prior = task.prior or await _adopt(run, task, observed)
    if prior.id != observed.id or task.another:
        prior = replace(prior, id=observed.id, outputs=_outputs(run, prior, observed))
        prior = with_proof(prior, observed.stamp, run.hosts.owner.identity)
    if prior is not task.prior:
        task = replace(task, prior=prior)
    if task.step.from_host is not None:
        return await move(run, task, home)
    if task.step.op in (Op.UPDATE, Op.MOVE) or _is_to_be_stamped(run, task, observed):
        return await run.actor.update(task)
    if task.step.op is Op.REPLACE:
        if prior.id != run.snapshot.latest(prior).id:
            await run.actor.commit(
                Changes(put=(prior,))
            )  # or the object that is there would be left, and not the old one
        return await _replace(run, task, home)
    return await _take_over(run, task, observed)


def _is_to_be_stamped(run: Run, task: Task, observed: Observed[Any, Any]) -> bool:
    """Whether another state would go on taking for its own what this one has taken over."""
    if task.step.op is not Op.ADOPT or task.connection is None:
        return False
    others = observed.stamp.is_signed and observed.stamp.identity != run.hosts.owner.identity
    handler = task.connection.handler(task.desired.kind.name)
    return others and (not offers(handler, StampsOnce) or offers(handler, NotesOwners))


async def _adopt(run: Run, task: Task, observed: Observed[Any, Any]) -> ResourceRecord:
    """Into the state goes what the object has, not yet what it is to have."""
    record = record_of(
        task.desired,
        row=None,
        id=observed.id,
        outputs=_outputs(run, None, observed),
        inputs_hash=observed.stamp.inputs_hash,
    )
    traits = Traits(imported=task.desired.goal.import_id is not None and not observed.stamp.operation)
    inputs = mark_secrets(current_inputs(None, observed), task.desired.secrets)
    record = replace(record, inputs=inputs, traits=traits)
    record = with_proof(record, observed.stamp, run.hosts.owner.identity)
    await run.actor.commit(Changes(put=(record,)))
    return record


async def _take_over(run: Run, task: Task, observed: Observed[Any, Any]) -> ResourceRecord:
    """Nothing to do on the host; the state takes over what is told anew."""
    prior, desired = task.prior, task.desired
    assert prior is not None
    hash = prior.inputs_hash
    if not hash or not equal(prior.inputs, desired.properties):
        place = task.connection if desired.complete else None
        hash = stamp_hash(place.handler(desired.kind.name), desired, run.mac) if place is not None else ""
    outputs = _outputs(run, prior, observed)
    record = record_of(
        desired, row=prior.row, id=observed.id, outputs=outputs, inputs_hash=hash, prior=prior, now=prior.modified
    )
    record = with_proof(record, observed.stamp, run.hosts.owner.identity)
    stored = run.snapshot.latest(prior)
    if record.says(stored):
        return stored
    record = replace(record, modified=utc_now())
    await run.actor.commit(Changes(put=(record,)))
    return record


async def _replace(run: Run, task: Task, home: Connection) -> ResourceRecord:
    prior = task.prior
    assert prior is not None
    if not task.step.delete_before_create:
        run.replacing.add(prior.row)
        return await run.actor.create(task, dooms=prior, home=home)
    await run.actor.prepare(task)
    await clear_the_way(run, prior.urn)
    await run.actor.delete(replace(task.step, op=Op.DELETE, changes=()), prior, home, keep=True)
    return await run.actor.create(replace(task, prior=run.snapshot.live.get(prior.urn, prior)))


def _outputs(run: Run, prior: ResourceRecord | None, observed: Observed[Any, Any]) -> Properties:
    told = to_properties(observed.outputs)
    return sealed.known_outputs(told, prior) if run.trust.limited else told
