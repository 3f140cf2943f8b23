"""Cascades: what uses an object that has to go before its new one comes is deleted first, and made again in its turn.

A user and its network can come up in any order. So that a run does what its plan says all the same, a user is cleared
away only if the plan says so; otherwise its own step is awaited. The two never act on one user at the same time.
"""

import asyncio
from dataclasses import replace

from virtwright.engine.actor import Task
from virtwright.engine.deletion import delete_old
from virtwright.engine.desired import located
from virtwright.engine.hosts import Connection
from virtwright.engine.permits import check_protection
from virtwright.engine.run import Run, host_name
from virtwright.engine.selection import address
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.step import Op, Step
from virtwright.errors import RefusedError, VirtwrightError, Where
from virtwright.providers.diff import NO_DIFF
from virtwright.schemas.urn import Urn


async def clear_the_way(run: Run, urn: Urn) -> None:
    """Delete what uses ``urn``, those that nobody uses first. Raises, before anything is deleted, ``RefusedError`` where one of
    them must stay, and what keeps its host from making it anew."""
    users = [user for user in run.snapshot.users(urn) if user.id is not None]
    for user in users:
        if run.current(user.urn) not in run.registered:
            _permit(run, user, urn)
    for user in users:
        await _prepare(run, user, urn)
    for user in users:
        await _make_way(run, user, urn)
    for old in run.snapshot.old_users(urn):
        if old.row not in run.clearing:
            run.clearing[old.row] = asyncio.ensure_future(delete_old(run, old))
        await asyncio.shield(run.clearing[old.row])


def _permit(run: Run, user: ResourceRecord, urn: Urn) -> None:
    step = _step(user, urn)
    check_protection(step, protected=user.protect)
    if not run.selection.lets_go(user.urn):
        name = address(user.urn)
        raise RefusedError(
            f"{name} uses {address(urn)}, which would be replaced, but this run leaves {name} alone",
            where=Where(urn=str(user.urn)),
            hint=f"let both be replaced in one run: name {name} with --target as well, or do not exclude it",
        )


async def _prepare(run: Run, user: ResourceRecord, urn: Urn) -> None:
    """As the plan foresaw what takes its place. What is registered already has its own step see to that."""
    desired = run.agreement.foreseen(user.urn) if run.agreement is not None else None
    if desired is None or run.current(user.urn) in run.registered or user.row in run.clearing:
        return
    place = run.places.connection(desired.goal.host)
    try:
        await run.actor.prepare(Task(_step(user, urn), desired, place, user, NO_DIFF, {}))
    except VirtwrightError as error:
        problem = located(error, desired.goal).problem
        message = f"{address(user.urn)} can't be made anew with {address(urn)}, which it uses: {problem.message}"
        error.problem = replace(problem, message=message)
        raise


async def _make_way(run: Run, user: ResourceRecord, urn: Urn) -> None:
    name = run.current(user.urn)
    if name not in run.registered and (run.agreement is None or run.agreement.lets_go(user.urn)):
        if user.row not in run.clearing:
            run.clearing[user.row] = asyncio.ensure_future(_clear(run, user, _step(user, urn)))
        await asyncio.shield(run.clearing[user.row])
        return
    if name not in run.registered:
        name = await run.arrival(user.urn)
    await asyncio.wait([run.registered[name]])


async def _clear(run: Run, user: ResourceRecord, step: Step) -> None:
    run.causes[user.urn] = step.reason
    home = await _home(run, user)
    if home is not None:
        await run.actor.delete(replace(step, op=Op.DELETE), user, home, keep=True)


def _step(user: ResourceRecord, urn: Urn) -> Step:
    reason = f"it uses {address(urn)}, which is replaced"
    return Step(Op.REPLACE, user.urn, user.kind, host_name(user.host), reason=reason, cascade=True)


async def _home(run: Run, record: ResourceRecord) -> Connection | None:
    run.places.check(record)
    for place in run.places.of(record):
        if record.id in (await run.hosts.listing(place, record.kind)).by_id:
            return place
    return None
