"""The goals of a program, collected without planning: no host is asked and nothing is decided."""

from virtwright.schemas.kinds import EVERY_KIND
from virtwright.schemas.values import UNKNOWN
from virtwright.stacks.base import Goal, Program, Registered


async def collect_goals(program: Program) -> list[Goal]:
    """Every goal, in the order of registration; all outputs are unknown to the program. Raises ``InputError``."""
    goals: list[Goal] = []

    async def register(goal: Goal) -> Registered:
        goals.append(goal)
        kind = EVERY_KIND.get(goal.kind)
        unknown = dict.fromkeys(kind.outputs.model_fields if kind else ("id", "name", "uri"), UNKNOWN)
        return Registered(goal.urn, None, {**unknown, **goal.inputs})

    await program.run(register)
    return goals


async def collect_hosts(program: Program) -> list[Goal]:
    """The hosts among them. Raises as ``collect_goals``."""
    return [goal for goal in await collect_goals(program) if goal.urn.is_host]
