"""Taking over what somebody else made, by the id that the user gave."""

from typing import Any

from virtwright.engine.hosts import Connection
from virtwright.engine.observing import as_stamped
from virtwright.engine.run import Run
from virtwright.engine.selection import address
from virtwright.errors import HostError, RefusedError, UnsupportedError
from virtwright.providers.base import Found, Imports, Observed
from virtwright.schemas.urn import Urn
from virtwright.stacks.base import Goal


async def to_import(run: Run, goal: Goal, id: str, place: Connection) -> Observed[Any, Any]:
    """The object that the goal takes over. Raises ``HostError`` where it is not there, ``RefusedError`` where it belongs
    to a stack already, ``UnsupportedError`` where the provider can't take over this kind."""
    handler = place.handler(goal.kind)
    if not isinstance(handler, Imports):
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
    _refuse_owned(run, goal, found[0])
    return as_stamped(found[0], str(goal.urn), run.hosts.stack)


def _refuse_owned(run: Run, goal: Goal, found: Found[Any, Any]) -> None:
    owner = next((record.urn for record in run.snapshot.live.values() if record.id == found.id), None)
    if owner is not None and owner != goal.urn and run.snapshot.live[owner].kind == goal.kind:
        raise RefusedError(f"{found.name} is in this stack already, as {address(owner)}", where=goal.locate(()))
    if found.stamp is not None:
        name = address(Urn.parse(found.stamp.urn))
        raise RefusedError(
            f"{found.name} belongs to a stack already: it is {name} of {found.stamp.stack}",
            where=goal.locate(()),
            hint="delete it there, or go on with that stack's own file and `virtwright state recover`",
        )
