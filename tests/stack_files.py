"""Writing and running YAML stacks in tests."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from virtwright.errors import InputError
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import UNKNOWN
from virtwright.stacks.base import Goal, Registered
from virtwright.stacks.keys import Keys
from virtwright.stacks.load import load_stack
from virtwright.stacks.yaml.program import YamlProgram

HEAD = "stack: shop\nhosts:\n  here: {uri: 'namespace:///'}\n"


def write(folder: Path, text: str, *, head: str = HEAD, name: str = "shop.yaml") -> Path:
    """A stack file in ``folder``; ``head`` goes before ``text``, which starts in line 4 then."""
    path = folder / name
    path.write_text(head + dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def load(path: Path, *config: str, **options: Any) -> YamlProgram:
    program = load_stack(path, config=config, **{"keys": None, "environment": {}, **options})
    assert isinstance(program, YamlProgram)
    return program


def complaints(path: Path, *config: str, **options: Any) -> list[str]:
    """What loading complains of: ``LINE:COLUMN PATH: MESSAGE (HINT)``."""
    with pytest.raises(InputError) as caught:
        load(path, *config, **options)
    return [shown(problem) for problem in caught.value.problems]


def shown(problem: Any) -> str:
    where = problem.where
    hint = f" ({problem.hint})" if problem.hint else ""
    return f"{where.line}:{where.column} {where.path}: {problem.message}{hint}"


@dataclass
class RecordingEngine:
    """Stands in for the engine: remembers the goals and answers at once with outputs made by ``answer``."""

    answer: Callable[[Goal], Registered] | None = None
    goals: dict[str, Goal] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    running: int = 0
    most_running: int = 0

    async def register(self, goal: Goal) -> Registered:
        self.goals[goal.urn.name] = goal
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        self.order.append(goal.urn.name)
        if self.answer:
            return self.answer(goal)
        return done(goal)


def done(goal: Goal, **outputs: Any) -> Registered:
    made = {"id": "1", "name": f"shop-{goal.urn.name}", "address": "10.0.0.9", **outputs}
    return Registered(goal.urn, "1", {**goal.inputs, **made})


def failed(goal: Goal) -> Registered:
    return Registered(goal.urn, None, {**goal.inputs, "address": UNKNOWN}, "failed")


def run(program: YamlProgram, engine: RecordingEngine) -> Mapping[str, object]:
    return asyncio.run(program.run(engine.register))


def goals(path: Path, *config: str, **options: Any) -> dict[str, Goal]:
    """The goals of a stack, by name."""
    engine = RecordingEngine()
    run(load(path, *config, **options), engine)
    return engine.goals


def names(urns: Sequence[Urn] | frozenset[Urn]) -> set[str]:
    return {urn.name for urn in urns}


def own_keys(folder: Path) -> Keys:
    """Keys that live in ``folder``."""
    return Keys({"VIRTWRIGHT_HOME": str(folder / "home"), "VIRTWRIGHT_PASSPHRASE": "correct horse"})
