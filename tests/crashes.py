"""Applying a program in a process that dies where a failpoint says, on fake hosts that survive it."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from tests.dying import dies
from tests.fake_provider import FakeWorld
from tests.programs import ListProgram
from virtwright.engine.api import Engine
from virtwright.engine.plan import Result, RunOptions
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.state.store import StateStore
from virtwright.engine.step import Op
from virtwright.stacks.keys import Keys

T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """A folder with a state and fake hosts."""

    folder: Path
    ids_are_names: bool = False
    moves: bool = False

    @property
    def world(self) -> FakeWorld:
        return FakeWorld(self.folder / "hosts", ids_are_names=self.ids_are_names, moves=self.moves)

    def with_engine(self, work: Callable[[Engine, StateStore], T]) -> T:
        """Call ``work`` with an engine on this place's state and hosts."""
        os.environ["VIRTWRIGHT_HOME"] = str(self.folder / "home")
        with StateStore.open(None, Keys()) as store:
            return work(Engine(store, opener=self.world.open), store)

    def apply(self, program: ListProgram, options: RunOptions | None = None) -> Result:
        return self.with_engine(lambda engine, _: engine.apply(program, options))

    def apply_dying(self, program: ListProgram, options: RunOptions, failpoint: str) -> bool:
        """Apply in a process of its own with the failpoint set; whether that process was killed by it."""
        return dies(partial(self.apply, program, options), failpoint)

    def assert_done(self, program: ListProgram) -> None:
        """A plan shows no changes, and no intent is open."""
        self.with_engine(lambda engine, store: _assert_done(engine, store, program))

    def assert_settled(self, program: ListProgram) -> None:
        """A plan shows no changes, no intent is open, and hosts and state hold the same objects, each once."""

        def check(engine: Engine, store: StateStore) -> None:
            _assert_done(engine, store, program)
            ids = sorted(record.id or "" for record in store.stack(program.name).resources() if _is_real(record))
            assert ids == sorted(item.id for item in self.world.objects())

        self.with_engine(check)
        assert self.world.names() == sorted(item.name for item in program.items)


def _assert_done(engine: Engine, store: StateStore, program: ListProgram) -> None:
    assert [step for step in engine.plan(program).steps if step.op is not Op.SAME] == []
    assert store.stack(program.name).open_operations() == []


def _is_real(record: ResourceRecord) -> bool:
    return record.kind != "Host"
