"""What was renamed is given back its name. Where that is another's by now, the plan says so, and nothing is begun."""

from typing import Any, Final

from virtwright.engine.copies import name_of
from virtwright.engine.finding import Found
from virtwright.engine.run import Run
from virtwright.engine.selection import address
from virtwright.engine.step import Op, Step
from virtwright.errors import RefusedError
from virtwright.providers import base
from virtwright.providers.hooks import Imports, offers
from virtwright.schemas.urn import Urn
from virtwright.stacks.base import Goal

_NAME: Final = ("name",)


async def check_name(run: Run, goal: Goal, step: Step, found: Found | None) -> None:
    """Raises ``RefusedError`` where an update would give an object a name that something else on its host has."""
    if found is None or step.op not in (Op.UPDATE, Op.ADOPT):
        return
    meant = next((str(each.goal) for each in found.observed.drift if each.path == _NAME), None)
    handler = found.place.handler(goal.kind)
    if meant is None or not offers(handler, Imports):
        return
    named = await run.hosts.call(found.place, lambda: tuple(handler.find((meant,))))
    taken = next((each for each in named if each.name == meant and each.id != found.observed.id), None)
    if taken is not None:
        raise RefusedError(
            f"{address(goal.urn)} is called {name_of(found.observed)} on {found.place.host.uri} now, and can't be given back"
            f" its name: {meant} is the name of {_told(taken)}",
            where=goal.locate(()),
            hint="give that one another name, or remove it, with the host's own tools",
        )


def _told(taken: base.Found[Any, Any]) -> str:
    """As far as its stamp tells."""
    if taken.stamp is None:
        return f"{taken.id}, which no stack has made"
    return f"{taken.id}, which is {address(Urn.parse(taken.stamp.urn))} of the stack {taken.stamp.stack}"
