"""The goals of a program, collected without an engine: nothing is planned and no host is asked."""

import asyncio

from virtwright.schemas.kinds import KINDS
from virtwright.schemas.urn import HOST_TYPE
from virtwright.schemas.values import UNKNOWN
from virtwright.stacks.base import Goal, Program, Registered


def collect_goals(program: Program) -> list[Goal]:
    """Every goal, in the order of registration. Raises what the program raises, as ``InputError``."""
    goals: list[Goal] = []

    async def register(goal: Goal) -> Registered:
        goals.append(goal)
        kind = KINDS.get(goal.kind)
        unknown = dict.fromkeys(kind.outputs.model_fields if kind else ("id", "name", "uri"), UNKNOWN)
        return Registered(goal.urn, None, {**unknown, **goal.inputs})

    async def run() -> None:
        await program.run(register)

    asyncio.run(run())
    return goals


def is_host(goal: Goal) -> bool:
    return goal.urn.own_type == HOST_TYPE
