"""A stack on fake hosts, its state in a temporary folder."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.fake_provider import FakeWorld
from tests.programs import ListProgram

from virtwright.engine.api import Engine
from virtwright.engine.events import Event
from virtwright.engine.plan import Plan, Result, RunOptions
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.state.store import StateStore
from virtwright.engine.step import Op, Step
from virtwright.stacks.keys import Keys


@dataclass
class Bench:
    """An engine on fake hosts, and what it said."""

    store: StateStore
    world: FakeWorld = field(default_factory=FakeWorld)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine = Engine(self.store, [self.events.append], opener=self.world.open)

    def apply(self, program: ListProgram, **options: object) -> Result:
        return self.engine.apply(program, RunOptions(**options))  # type: ignore[arg-type]

    def plan(self, program: ListProgram, **options: object) -> Plan:
        return self.engine.plan(program, RunOptions(**options))  # type: ignore[arg-type]

    def steps(self, program: ListProgram, **options: object) -> list[tuple[str, str]]:
        """The planned changes as (op, name)."""
        return [(step.op.value, step.urn.name) for step in self.plan(program, **options).changes]

    def step(self, program: ListProgram, name: str) -> Step:
        return next(step for step in self.plan(program).steps if step.urn.name == name)

    def records(self, program: ListProgram) -> list[ResourceRecord]:
        return [each for each in self.store.stack(program.name).resources() if each.kind != "Host"]

    def settled(self, program: ListProgram, uri: str = "fake://one") -> None:
        """Assert that a plan shows no changes, and that the state and the host at ``uri`` agree."""
        plan = self.plan(program)
        assert [step for step in plan.steps if step.op is not Op.SAME] == []
        state = self.store.stack(program.name)
        assert state.open_operations() == []
        assert sorted(each.id or "" for each in self.records(program)) == sorted(
            item.id for item in self.world.objects(uri)
        )


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("VIRTWRIGHT_HOME", str(tmp_path / "home"))
    with StateStore.open(None, Keys()) as store:
        yield Bench(store)
