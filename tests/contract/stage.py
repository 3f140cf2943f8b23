"""A subject's host with a state of its own: what the contract tests apply programs to."""

import shutil
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from tests.contract.subject import Subject
from tests.programs import Item, ListProgram
from tests.waiting import PATIENCE

from virtwright.engine import surgery
from virtwright.engine.api import Engine
from virtwright.engine.events import Event
from virtwright.engine.hosts import Opener
from virtwright.engine.plan import Plan, Result, RunOptions
from virtwright.engine.state.records import Changes, ResourceRecord
from virtwright.engine.state.store import StateStore
from virtwright.engine.step import Op, Step
from virtwright.providers.base import Handler, Provider
from virtwright.schemas.host import Host
from virtwright.stacks.keys import Keys

T = TypeVar("T")
_VOLUME: Final = "Volume"


@dataclass(frozen=True)
class Desk:
    """A state's folder and the way to a host. Can be handed to another process."""

    home: Path
    uri: str
    opener: Opener

    def program(self, items: Sequence[Item]) -> ListProgram:
        """In the items' inputs, ``@here/`` is the folder of the test."""
        local = [replace(item, inputs=localised(item.inputs, str(self.home.parent))) for item in items]
        return ListProgram(*local, hosts={"one": self.uri})

    def work(self, task: Callable[[Engine, StateStore], T], listener: Callable[[Event], None] | None = None) -> T:
        with StateStore.open(None, Keys({"VIRTWRIGHT_HOME": str(self.home)})) as store:
            return task(Engine(store, [listener] if listener else [], opener=self.opener), store)

    def apply(self, items: Sequence[Item], options: RunOptions | None = None) -> Result:
        return self.work(lambda engine, _: engine.apply(self.program(items), options))


@dataclass
class Stage:
    """What a test does with the subject."""

    subject: Subject
    desk: Desk
    events: list[Event] = field(default_factory=list)

    def apply(
        self,
        items: Sequence[Item],
        *,
        allow: Sequence[str] = (),
        expected: Plan | None = None,
        options: RunOptions | None = None,
    ) -> Result:
        """Apply, and see that it succeeded; held to the ``expected`` plan, where there is one."""
        options, program = options or RunOptions(allow_data_loss=tuple(allow)), self.desk.program(items)
        result = self.desk.work(lambda engine, _: engine.apply(program, options, expected=expected), self.events.append)
        assert result.succeeded, [event for event in self.events if type(event).__name__ == "StepFailed"]
        return result

    def plan(self, items: Sequence[Item], *, allow: Sequence[str] = (), options: RunOptions | None = None) -> Plan:
        options = options or RunOptions(allow_data_loss=tuple(allow))
        return self.desk.work(lambda engine, _: engine.plan(self.desk.program(items), options))

    def steps(self, items: Sequence[Item]) -> dict[str, Step]:
        """The steps of a plan that do something, by the resource's name."""
        return {step.urn.name: step for step in self.plan(items).steps if step.op is not Op.SAME}

    def destroy(self, *, allow: Sequence[str]) -> Result:
        """The stack's file has still all its hosts."""
        program = self.desk.program(())
        options = RunOptions(allow_data_loss=tuple(allow))
        result = self.desk.work(
            lambda engine, _: engine.destroy(program.name, options, hosts=program.hosts), self.events.append
        )
        if not result.succeeded:
            print("destroy:", [event for event in self.events if type(event).__name__ == "StepFailed"])
        return result

    def records(self) -> dict[str, ResourceRecord]:
        """What the state holds, by name, without hosts."""

        def read(_: Engine, store: StateStore) -> dict[str, ResourceRecord]:
            state = store.stack(self.desk.program(()).name)
            assert state.open_operations() == []
            found = [record for record in state.resources() if record.kind != "Host"]
            assert not any(record.doomed for record in found)
            return {record.urn.name: record for record in found}

        return self.desk.work(read)

    def identity(self) -> str:
        """What the stack's stamps bear."""
        return self.desk.work(lambda _, store: store.stack(self.desk.program(()).name).identity)

    def beside(self, home: Path) -> "Stage":
        """Another state's stack of the same name, on the same host."""
        return Stage(self.subject, replace(self.desk, home=home))

    def copy_state(self, other: "Stage", identity: str) -> None:
        """Take all that the other's state holds, for a stack with this identity."""
        shutil.copytree(other.desk.home, self.desk.home)

        def change(_: Engine, store: StateStore) -> None:
            state = store.stack(self.desk.program(()).name)
            with state.acquire(holder="a test", wait=5) as lease:
                state.commit(Changes(identity=identity), lease)

        self.desk.work(change)

    def share_key(self, other: "Stage") -> None:
        """Both states are one user's."""
        self.desk.home.mkdir(mode=0o700)
        shutil.copy2(other.desk.home / "key", self.desk.home / "key")

    def forget_all(self, *, hosts: bool = False) -> None:
        """As if the state were from before all that is on the host: it has the host alone, or does not have it either."""

        def forget(_: Engine, store: StateStore) -> None:
            state = store.stack(self.desk.program(()).name)
            rows = tuple(record.row for record in state.resources() if hosts or record.kind != "Host")
            with state.acquire(holder="a test", wait=5) as lease:
                state.commit(Changes(remove=rows), lease)

        self.desk.work(forget)

    def forget(self, names: Collection[str]) -> None:
        """As ``state forget`` does."""

        def forget(_: Engine, store: StateStore) -> None:
            state = store.stack(self.desk.program(()).name)
            changes = surgery.forget(
                state.resources(), [each.urn for each in state.resources() if each.urn.name in names]
            )
            with state.acquire(holder="a test", wait=5) as lease:
                state.commit(changes, lease)

        self.desk.work(forget)

    def lose_state(self) -> None:
        """As if the state's database had been deleted. The key stays: it is kept apart."""
        for file in self.desk.home.glob("state.db*"):
            shutil.rmtree(file) if file.is_dir() else file.unlink()

    @contextmanager
    def provider(self) -> Iterator[Provider]:
        """The provider itself, for what the engine would not ask of it."""
        provider = self.desk.opener("one", Host(uri=self.desk.uri))
        try:
            yield provider
        finally:
            provider.close()

    @contextmanager
    def handler(self, kind: str) -> Iterator[Handler[Any, Any]]:
        with self.provider() as provider:
            yield provider.handlers[kind]

    def write_data(self, text: str) -> None:
        """Into the volume ``data``, where the subject offers volumes."""
        if _VOLUME in self.subject.samples:
            self.subject.write_data(text)

    def assert_data(self, text: str | None) -> None:
        """It is what ``write_data`` wrote, or gone (None)."""
        if _VOLUME in self.subject.samples:
            assert self.subject.read_data() == text

    def assert_unchanged(self, items: Sequence[Item]) -> None:
        """A plan shows no changes."""
        steps = self.steps(items)
        assert not steps, steps

    def assert_settled(self, items: Sequence[Item]) -> None:
        """A plan shows no changes; state and host hold just these, each once, and nothing else is left."""
        self.assert_unchanged(items)
        assert sorted(self.records()) == sorted(item.name for item in items)
        self.assert_there(items)

    def assert_there(self, items: Sequence[Item]) -> None:
        """The host has just these, each once. What goes with something that was removed, such as the devices of a network
        namespace or a process that was told to end, the kernel and the daemons take away a moment later."""
        wanted, end = self.subject.expected(items), time.monotonic() + PATIENCE
        while (found := self.subject.census()) - wanted and time.monotonic() < end:
            time.sleep(0.05)
        assert found == wanted, f"left over: {found - wanted}, missing: {wanted - found}"


def volumes(items: Sequence[Item]) -> tuple[str, ...]:
    """The names of those that hold data."""
    return tuple(item.name for item in items if item.kind == _VOLUME)


def localised(value: Any, here: str) -> Any:
    if isinstance(value, dict):
        return {key: localised(each, here) for key, each in value.items()}
    if isinstance(value, list):
        return [localised(each, here) for each in value]
    return value.replace("@here/", f"{here}/", 1) if isinstance(value, str) else value
