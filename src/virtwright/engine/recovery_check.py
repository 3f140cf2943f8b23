"""What a recovery must not do unasked to a state that holds something: take another source's hosts, or another URI for one of its own."""

from typing import TYPE_CHECKING

from virtwright.engine.goals import collect_goals, is_host
from virtwright.engine.plan import RunOptions
from virtwright.engine.sources import check_recovery_source
from virtwright.engine.state.records import ResourceRecord
from virtwright.errors import RefusedError
from virtwright.schemas.urn import Urn
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
    for goal in await collect_goals(program):
        if is_host(goal) and goal.urn in used and goal.urn.name not in options.new_hosts:
            _check_uri(goal, known.get(goal.urn), typed)


def _check_uri(goal: Goal, prior: ResourceRecord | None, typed: str) -> None:
    now, before = reveal(goal.inputs).get("uri"), _uri(prior)
    if prior is not None and not has_unknown(now) and now != before:
        raise _leads_elsewhere(goal, goal.urn, str(before), str(now), typed)


def _uri(record: ResourceRecord | None) -> object:
    return reveal(record.inputs).get("uri") if record is not None else None


def _leads_elsewhere(goal: Goal, host: Urn, before: str, now: str, typed: str) -> RefusedError:
    return RefusedError(
        f"the URI of {host.name} was {before} and is {now}: a recovery would take what this state has on it for what is there",
        where=goal.locate(("uri",)),
        hint=f"where that is the host that the state means, by another way or in its place, say so:\n    {typed} --new-host {host.name}",
    )
