"""Components: resources without an object on a host, which the state remembers for their names and outputs."""

from virtwright.engine.actor import goal_traits
from virtwright.engine.ids import new_id
from virtwright.engine.run import Run
from virtwright.engine.state.records import ResourceRecord, utc_now
from virtwright.schemas.values import has_unknown
from virtwright.stacks.base import COMPONENT_KIND, Goal


def component_record(goal: Goal, prior: ResourceRecord | None) -> ResourceRecord:
    """The record of a component. What is not known yet stays out of it."""
    now = utc_now()
    return ResourceRecord(
        row=prior.row if prior is not None else new_id(),
        urn=goal.urn,
        kind=COMPONENT_KIND,
        inputs={name: value for name, value in goal.inputs.items() if not has_unknown(value)},
        outputs=prior.outputs if prior is not None else {},
        protect=goal.protect,
        created=prior.created if prior is not None else now,
        modified=now,
        traits=goal_traits(goal),
    )


def forgotten(run: Run) -> list[str]:
    """Rows of the components that the program does not have any more, and that nothing left is a part of."""
    known = {str(record.urn): record for record in run.snapshot.components()}
    parents = [record.traits.parent for record in (*run.snapshot.resources(), *run.snapshot.doomed.values())]
    parents += [urn for urn, record in known.items() if record.urn in run.registered]
    needed: set[str] = set()
    while parents:
        urn = parents.pop()
        if urn in known and urn not in needed:
            needed.add(urn)
            parents.append(known[urn].traits.parent)
    return [record.row for urn, record in known.items() if urn not in needed]
