"""What a stack uses and does not own: looked up by its name on the host, and never made, changed or deleted.

The state holds no record of it, so that nothing can take it for an object of the stack.
"""

from dataclasses import replace
from typing import Any

from virtwright.engine.desired import Desired
from virtwright.engine.hosts import Connection
from virtwright.engine.run import Run, host_name, unknown
from virtwright.engine.selection import address
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.step import Op, Step
from virtwright.errors import HostError, RefusedError, UnsupportedError
from virtwright.providers.base import Found
from virtwright.providers.hooks import Imports, offers
from virtwright.schemas.model import to_properties
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Unknown
from virtwright.stacks.base import Goal, Registered

FIELD = "existing"


def is_existing(desired: Desired) -> bool:
    """Whether the goal names something that somebody else made."""
    return getattr(desired.model, FIELD, None) is not None


def without_existing(run: Run, goal: Goal) -> Goal:
    """What the state does not hold can't be a dependency there."""
    if not run.existing:
        return goal
    return replace(goal, dependencies=goal.dependencies - run.existing, references=goal.references - run.existing)


async def use(
    run: Run, goal: Goal, desired: Desired, prior: ResourceRecord | None, place: Connection | None
) -> Registered:
    """Answer with what the host tells of it. Raises ``HostError`` where it is not there, ``RefusedError`` where it is the
    stack's own, ``UnsupportedError`` where the provider can't look it up."""
    where = goal.locate((FIELD,))
    if prior is not None:
        raise RefusedError(
            f"{address(goal.urn)} is the stack's own, and can't become one that somebody else made",
            where=where,
            hint="give the existing one another name in the stack; what was made before is deleted then",
        )
    run.existing.add(goal.urn)
    if place is None:
        return unknown(goal, "done")
    handler = place.handler(goal.kind)
    if not offers(handler, Imports):
        raise UnsupportedError(f"{place.host.uri} can't use a {goal.kind} that somebody else made", where=where)
    name = getattr(desired.model, FIELD)
    if not run.observing or isinstance(name, Unknown):
        return unknown(goal, "done")
    if run.trust.limited:  # whose it is nobody knows, so that nothing is told of it but what the stack says itself
        told = unknown(goal, "done")
        return replace(told, outputs={**told.outputs, "name": name})
    found = next(
        (each for each in await run.hosts.call(place, lambda: tuple(handler.find((name,)))) if each.name == name), None
    )
    if found is None:
        raise HostError(f"there is no {goal.kind} {name!r} on the host {place.name}", where=where, hint=_MAKE)
    _refuse_own(run, found, goal)
    run.announce(Step(Op.SAME, goal.urn, goal.kind, host_name(goal.host), reason="made by somebody else"))
    run.count(Op.SAME)
    return Registered(goal.urn, found.id, {**desired.properties, **to_properties(found.outputs)})


_MAKE = "make it there, or leave out `existing` so that the stack makes one of its own"


def _refuse_own(run: Run, found: Found[Any, Any], goal: Goal) -> None:
    if found.stamp is not None and found.stamp.stack == run.hosts.stack:
        name = address(Urn.parse(found.stamp.urn))
        raise RefusedError(
            f"{found.name} is {name} of this stack", where=goal.locate((FIELD,)), hint=f"refer to {name} itself"
        )
