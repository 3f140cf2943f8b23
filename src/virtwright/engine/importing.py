"""Taking over what somebody else made, by the id that the user gave."""

from dataclasses import replace
from typing import Any

from virtwright.engine.desired import Desired
from virtwright.engine.hosts import Connection
from virtwright.engine.observing import as_stamped
from virtwright.engine.run import Run
from virtwright.engine.selection import address
from virtwright.engine.state.records import ResourceRecord
from virtwright.errors import HostError, RefusedError, UnsupportedError
from virtwright.providers.base import Found, Observed, Stamp
from virtwright.providers.context import Known
from virtwright.providers.hooks import Imports, Recalls, offers
from virtwright.schemas.model import to_properties
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Properties
from virtwright.stacks.base import Goal


async def to_import(run: Run, desired: Desired, id: str, place: Connection) -> Observed[Any, Any]:
    """The object that the goal takes over. Raises ``HostError`` where it is not there, ``RefusedError`` where it belongs
    to a stack already, ``UnsupportedError`` where the provider can't take over this kind."""
    goal = desired.goal
    handler = place.handler(goal.kind)
    if offers(handler, Recalls):
        return await _by_code(run, desired, id, place, handler)
    if not offers(handler, Imports):
        raise UnsupportedError(f"{place.host.uri} can't take over a {goal.kind}", where=goal.locate(()))
    found = [
        each for each in await run.hosts.call(place, lambda: tuple(handler.find((id,)))) if id in (each.id, each.name)
    ]
    if not found:
        raise HostError(
            f"there is no {goal.kind} {id!r} to take over",
            where=goal.locate(()),
            hint="the id or the name on the host is needed, as its own tools show it",
        )
    _refuse_owned(run, goal, found[0], place)
    return as_stamped(found[0], str(goal.urn), run.hosts.stack)


async def told_by_code(
    run: Run, place: Connection, handler: Recalls, urn: Urn, id: str, given: Properties
) -> Observed[Any, Any] | None:
    """What the program's own code finds under an id, given what the program says of it; None where it finds nothing."""
    run.redactor.learn(given)
    seen = await run.hosts.call(place, lambda: handler.read(Known(str(urn), id, given, {})))
    if seen is None:
        return None
    return replace(seen, outputs=type(seen.outputs).model_validate(run.redactor.wrap(to_properties(seen.outputs))))


async def _by_code(run: Run, desired: Desired, id: str, place: Connection, handler: Recalls) -> Observed[Any, Any]:
    goal = desired.goal
    seen = await told_by_code(run, place, handler, goal.urn, id, desired.properties)
    if seen is None:
        raise HostError(f"the program's code finds no {id!r} to take over", where=goal.locate(()))
    _refuse_known(run, goal, seen.id, seen.id, place)
    return replace(seen, stamp=Stamp(run.hosts.stack, str(goal.urn), "", ""))


def _refuse_known(run: Run, goal: Goal, id: str, name: str, place: Connection) -> None:
    """An id tells objects of one host apart, and of one kind. A host may have several names in a stack."""
    same = (
        record
        for record in run.snapshot.live.values()
        if (record.id, record.urn.own_type) == (id, goal.urn.own_type) and record.urn != goal.urn
    )
    owner = next((each.urn for each in same if _is_at(run, each, place)), None)
    if owner is not None:
        raise RefusedError(f"{name} is in this stack already, as {address(owner)}", where=goal.locate(()))


def _is_at(run: Run, record: ResourceRecord, place: Connection) -> bool:
    return any(home.host.uri == place.host.uri for home in run.places.of(record))


def _refuse_owned(run: Run, goal: Goal, found: Found[Any, Any], place: Connection) -> None:
    _refuse_known(run, goal, found.id, found.name, place)
    if found.stamp is not None:
        name = address(Urn.parse(found.stamp.urn))
        raise RefusedError(
            f"{found.name} belongs to a stack already: it is {name} of {found.stamp.stack}",
            where=goal.locate(()),
            hint="delete it there, or go on with that stack's own file and `virtwright state recover`",
        )
