"""Two states with a stack of one name over one host, in any order of all that befalls them: no object is ever changed by the state that does
not own it, and none is lost."""

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from tests.fake_provider import FakeObject, FakeWorld
from tests.memory_state import FakeClock
from tests.programs import Item, ListProgram
from tests.shards import PROCESSES, in_shards
from tests.soak_parts import count

from virtwright import failpoints
from virtwright.engine.api import Engine
from virtwright.engine.plan import Result, RunOptions
from virtwright.engine.state.store import StateStore
from virtwright.errors import RefusedError
from virtwright.stacks.keys import Keys

URI: Final = "fake://one"
USUAL: Final = 40
STEPS: Final = 12
ALL: Final = ("back", "data", "web", "own-a", "own-b", "front")
POINTS: Final = 25
"""A run gets to no more places where it can be killed, as a rule."""


class Killed(Exception):
    """As by SIGKILL: from here on neither the state nor the host hears of the process any more, whatever it tries."""


@dataclass
class Death:
    """Kills the process that is played at one of its failpoints."""

    left: int = 0
    dead: bool = False

    def reach(self, _: str) -> None:
        self.left -= 1
        self.dead = self.dead or self.left == 0
        if self.dead:
            raise Killed


@contextmanager
def dying(position: int) -> Iterator[Death]:
    """The process that is played in here dies at that failpoint; 0: at none."""
    death = Death(position)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(failpoints, "_points", [None])
        patch.setattr(failpoints, "_act", death.reach)
        yield death


@contextmanager
def alive() -> Iterator[None]:
    """In the test's own process again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(failpoints, "_points", [])
        yield


@dataclass
class State:
    """One of the two, and the wish of its user."""

    name: str
    folder: Path
    wanted: tuple[Item, ...] = ()
    backups: list[tuple[Path, str]] = field(default_factory=list)
    """Folders, and what the stack's identity was."""
    identity: str = ""
    """Empty where nothing was made yet."""
    clock: FakeClock = field(default_factory=FakeClock)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def program(self) -> ListProgram:
        return ListProgram(*self.wanted, hosts={"one": URI})

    def destroy(self, engine: Engine, options: RunOptions) -> Result:
        program = self.program()
        return engine.destroy(program.name, options, hosts=program.hosts)

    def work(self, world: FakeWorld, do: Callable[[Engine], Any]) -> Any:
        self.clock.advance(1000)  # the lease of a run that was killed has run out
        with StateStore.open(None, Keys({"VIRTWRIGHT_HOME": str(self.home)}), clock=self.clock) as store:
            try:
                return do(Engine(store, opener=world.open))
            finally:
                with alive():
                    known = self.program().name in store.stacks()
                    self.identity = store.stack(self.program().name).identity if known else ""

    def back_up(self) -> None:
        copy = self.folder / f"backup-{len(self.backups)}"
        if self.home.exists():
            shutil.copytree(self.home, copy)
            self.backups.append((copy, self.identity))

    def restore(self, copy: Path, identity: str) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(copy, self.home)
        self.identity = identity

    def lose(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        self.identity = ""


Choice = st.sampled_from
WHICH: Final = st.integers(0, 31)
"""Of what there is then: that is no part of what is drawn, since threads run in any order."""
STATES: Final = Choice(("a", "b"))
PARTS: Final = st.lists(Choice(("back", "data", "web", "own")), unique=True, max_size=4)
VARIANTS: Final = st.integers(0, 2)


def items(owner: str, parts: list[str], variant: int, *, renamed: bool) -> tuple[Item, ...]:
    """A program. The variants differ in what changes in place, and in what replaces."""
    network = {"cidr": f"10.4{variant // 2}.0.0/24", "labels": {"variant": str(variant % 2)}}
    uses = tuple(name for name in ("back", "data") if name in parts)
    inputs: dict[str, Any] = {"image": f"image-{variant // 2}", "description": str(variant % 2)}
    if "back" in parts:
        inputs["networks"] = ["{back}"]
    if "data" in parts:
        inputs["volumes"] = [{"volume": "{data}", "mount": "/data"}]
    web, other = ("front", "web") if renamed else ("web", "front")
    made = {
        "back": Item("Network", "back", network),
        "data": Item("Volume", "data", {"size": f"{variant + 1}GiB"}),
        "web": Item("Container", web, inputs, uses=uses, was=(other,)),
        "own": Item("Container", f"own-{owner}", {"image": "host", "description": str(variant)}),
    }
    return tuple(made[name] for name in ("back", "data", "web", "own") if name in parts)


class TwoStates(RuleBasedStateMachine):
    """What users and mishaps do; after each, what must hold."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="vw-identity-"))
        self.world = FakeWorld()
        self.states = {name: State(name, self.folder / name) for name in ("a", "b")}
        self.owners: dict[str, str] = {}
        """By id: the identity of the stack that made the object; of what somebody copied none."""

    def teardown(self) -> None:
        try:
            self._see_that_none_is_lost()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    @initialize(ids_are_names=st.booleans())
    def a_host(self, ids_are_names: bool) -> None:
        self.world.ids_are_names = ids_are_names

    @rule(name=STATES, parts=PARTS, variant=VARIANTS, renamed=st.booleans(), loss=st.booleans())
    def apply(self, name: str, parts: list[str], variant: int, renamed: bool, loss: bool) -> None:
        state = self.states[name]
        state.wanted = items(name, parts, variant, renamed=renamed)
        options = RunOptions(allow_data_loss=ALL if loss else ())
        self._run(state, lambda engine: engine.apply(state.program(), options))

    @rule(name=STATES, parts=PARTS, variant=VARIANTS, renamed=st.booleans(), position=st.integers(1, POINTS))
    def apply_killed(self, name: str, parts: list[str], variant: int, renamed: bool, position: int) -> None:
        state = self.states[name]
        state.wanted = items(name, parts, variant, renamed=renamed)
        options = RunOptions(allow_data_loss=ALL)
        self._run(state, lambda engine: engine.apply(state.program(), options), position)

    @rule(name=STATES)
    def plan(self, name: str) -> None:
        state, before = self.states[name], self._seen()
        self._run(state, lambda engine: engine.plan(state.program()))
        assert self._seen() == before, "a plan changes nothing"

    @rule(name=STATES)
    def destroy(self, name: str) -> None:
        self._destroy(self.states[name])

    @rule(name=STATES, position=st.integers(1, POINTS))
    def destroy_killed(self, name: str, position: int) -> None:
        state = self.states[name]
        self._run(state, lambda engine: state.destroy(engine, RunOptions(allow_data_loss=ALL)), position)

    @rule(name=STATES)
    def back_up(self, name: str) -> None:
        self.states[name].back_up()

    @rule(name=STATES, which=WHICH)
    def restore(self, name: str, which: int) -> None:
        state = self.states[name]
        if state.backups:
            state.restore(*state.backups[which % len(state.backups)])

    @rule(name=STATES)
    def lose(self, name: str) -> None:
        self.states[name].lose()

    @rule(name=STATES, which=WHICH)
    def recover(self, name: str, which: int) -> None:
        """A state that was lost, from what bears its identity."""
        if lost := self._lost():
            self._recover(self.states[name], lost[which % len(lost)])

    @rule(which=WHICH)
    def copy(self, which: int) -> None:
        """Somebody makes an object from another, stamp and all."""
        if not (objects := self.world.objects()):
            return
        source = objects[which % len(objects)]
        copy = replace(source, id=uuid4().hex[:12], name=f"copy-{uuid4().hex[:6]}", stamped=source.stamped or source.id)
        self.world.put(URI, copy)
        self.owners[copy.id] = ""

    def _run(self, state: State, do: Callable[[Engine], Any], position: int = 0) -> Result | None:
        """None where it was refused, failed or killed."""
        before = self._seen()
        result = None
        with dying(position) as death:
            try:
                result = state.work(self.world, do)
            except RefusedError:
                pass
            except Exception:
                if not death.dead:
                    raise
        self._judge(state, before)
        return result if isinstance(result, Result) else None

    def _judge(self, state: State, before: dict[str, str]) -> None:
        after = self._seen()
        for id, text in before.items():
            if not state.identity or self.owners[id] != state.identity:
                assert after.get(id) == text, f"{state.name} ({state.identity}) has changed {text}"
        for id in after.keys() - before.keys():
            self.owners[id] = state.identity
            assert self._object(id).stamp.identity == state.identity
        for id in before.keys() - after.keys():
            del self.owners[id]

    def _destroy(self, state: State) -> None:
        """Until all is gone: of what a state found on the host alone nobody knows what uses what, so that a host may refuse first."""
        options, there = RunOptions(allow_data_loss=ALL), -1
        while there != (there := len(self.world.objects())):
            result = self._run(state, lambda engine: state.destroy(engine, options))
            if result is not None and result.succeeded:
                break
        assert result is not None and result.succeeded
        assert (left := self._left(state)) == [], f"of {state.name} stays {left}"

    def _left(self, state: State) -> list[FakeObject]:
        return [self._object(id) for id, owner in self.owners.items() if owner and owner == state.identity]

    def _recover(self, state: State, identity: str) -> None:
        state.lose()
        state.wanted = ()
        options = RunOptions(identity=identity)
        result = self._run_as(state, identity, lambda engine: engine.recover(state.program(), options))
        assert result is not None and result.succeeded

    def _run_as(self, state: State, identity: str, do: Callable[[Engine], Any]) -> Result | None:
        before = self._seen()
        result = state.work(self.world, do)
        assert state.identity == identity and self._seen() == before, "a recovery changes nothing on a host"
        return result if isinstance(result, Result) else None

    def _see_that_none_is_lost(self) -> None:
        """Each state can still remove all that it made, and what lost states have made is there for a recovery."""
        for state in self.states.values():
            if state.identity:
                self._destroy(state)
        for number, identity in enumerate(self._lost()):
            state = State(f"recovered-{number}", self.folder / f"recovered-{number}")
            self._recover(state, identity)
            self._destroy(state)
        assert {each.id for each in self.world.objects()} == {id for id, owner in self.owners.items() if not owner}

    def _lost(self) -> list[str]:
        living = {state.identity for state in self.states.values()}
        return sorted({owner for owner in self.owners.values() if owner and owner not in living})

    def _seen(self) -> dict[str, str]:
        return {each.id: each.to_json() for each in self.world.objects()}

    def _object(self, id: str) -> FakeObject:
        found = self.world.get(URI, id)
        assert found is not None
        return found


def play(number: int) -> int:
    """That many histories at least, and how many there were."""
    played = 0

    class Counted(TwoStates):
        def __init__(self) -> None:
            super().__init__()
            nonlocal played
            played += 1

    chosen = settings(
        max_examples=number,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(
            HealthCheck
        ),  # which count the seconds of a machine that is busy with the other processes
    )
    run_state_machine_as_test(Counted, settings=chosen)
    return played


@pytest.mark.part("identity")
def test_two_states_over_one_host(request: pytest.FixtureRequest) -> None:
    number = count(USUAL)
    if number <= USUAL:
        run_state_machine_as_test(
            TwoStates, settings=settings(max_examples=number, stateful_step_count=STEPS, deadline=None)
        )
        return
    seed = int(request.config.getoption("hypothesis_seed", None) or secrets.randbits(48))
    print(f"\n{number} histories from the seed {seed}, in {PROCESSES} processes")
    played, seconds = in_shards(number, play, seed)
    print(f"{played} histories of two states over one host, none failed; {seconds:.0f} s of processor time")
    assert played >= number
