"""What a recovery must not do unasked to a state that holds something: take another source's hosts, or another URI for one of its own."""

from typing import TYPE_CHECKING

from virtwright.engine.goals import collect_hosts
from virtwright.engine.places import changes_uri
from virtwright.engine.plan import RunOptions
from virtwright.engine.sources import check_recovery_source
from virtwright.engine.state.records import ResourceRecord
from virtwright.errors import RefusedError
from virtwright.schemas.values import has_unknown, reveal
from virtwright.stacks.base import Goal, Program

if TYPE_CHECKING:
    from virtwright.engine.state.stack import StackState


async def check_recovery(state: "StackState", program: Program, options: RunOptions, typed: str) -> None:
    """Before anything is written. Raises ``RefusedError``."""
    records = state.resources()
    known = {record.urn: record for record in records if record.urn.is_host}
    used = {record.host for record in records}
    if not used & known.keys():
        return
    check_recovery_source(state, options, typed)
    for goal in await collect_hosts(program):
        prior = known.get(goal.urn)
        if prior is not None and goal.urn in used and goal.urn.name not in options.new_hosts:
            _check_uri(goal, prior, typed)


def _check_uri(goal: Goal, prior: ResourceRecord, typed: str) -> None:
    name, now = goal.urn.name, reveal(goal.inputs).get("uri")
    if has_unknown(now) or not changes_uri(prior, goal.inputs):
        return
    before = reveal(prior.inputs).get("uri")
    raise RefusedError(
        f"the URI of {name} was {before} and is {now}: a recovery would take what this state has on it for what is there",
        where=goal.locate(("uri",)),
        hint=f"where that is the host that the state means, by another way or in its place, say so:\n    {typed} --new-host {name}",
    )
