"""Hosts that the stack's file names and the state does not have there, as where it is from an old backup: a destroy asks them, too."""

from collections.abc import Iterable

from virtwright.engine.events import Warned
from virtwright.engine.places import uris
from virtwright.engine.run import Run
from virtwright.engine.state.records import Changes
from virtwright.engine.unrecorded import lacking
from virtwright.errors import Problem, VirtwrightError, Where
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import has_unknown, reveal
from virtwright.stacks.base import Goal


async def meet_hosts(run: Run, hosts: Iterable[Goal]) -> None:
    """Those that have something of the stack go into the state, so that what is on them can. The others stay as the state has them:
    their URI may have been changed since the last apply, and lead to a host that is not there yet."""
    if not run.selection.is_whole:
        return
    for goal in hosts:
        if goal.urn.name in run.places.lost or _is_known(run, goal):
            continue
        try:
            if has_unknown(goal.inputs):
                _tell_unasked(run, goal.urn, "its inputs are not known before an apply")
            elif await _has_something(run, goal) and (record := run.places.declare(goal)) is not None:
                await run.actor.commit(Changes(put=(record,)))
        except VirtwrightError as error:
            _tell_unasked(run, goal.urn, run.redactor.scrub(error.message))


def _is_known(run: Run, goal: Goal) -> bool:
    """Whether the state has it at this URI, now or before."""
    record = run.snapshot.live.get(goal.urn)
    return record is not None and str(reveal(goal.inputs).get("uri")) in uris((record,))


async def _has_something(run: Run, goal: Goal) -> bool:
    place, lacks = run.places.looked_at(goal), lacking(run)
    for kind in place.handlers:
        if any(lacks(seen) for seen in (await run.places.listing(place, kind)).objects):
            return True
    return False


def _tell_unasked(run: Run, host: Urn, why: str) -> None:
    """What it may have of the stack stays there."""
    message = (
        f"the host {host.name}, which the stack's file names and the state does not have there, was not asked: {why}"
    )
    hint = "should it have something of this stack, that is left. To see it:\n    virtwright host gc " + host.name
    run.listen(Warned(Problem(message, Where(urn=str(host)), hint)))
