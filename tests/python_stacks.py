"""Python stacks on fake hosts, for tests: real programs in real processes, everything else in this one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

from tests.fake_provider import FakeWorld
from tests.states import open_store
from virtwright.engine.api import Engine
from virtwright.engine.events import Event, Logged, StepPlanned, Warned
from virtwright.engine.hosts import open_provider
from virtwright.engine.plan import Plan, Result, RunOptions
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.state.store import StateStore
from virtwright.providers.base import Provider
from virtwright.schemas.host import Host
from virtwright.schemas.values import Value
from virtwright.stacks.base import StackName
from virtwright.stacks.keys import Keys
from virtwright.stacks.python.load import load_python
from virtwright.stacks.python.program import PythonProgram

PRELUDE = """\
import pulumi
import virtwright as vw

host = vw.Host("one", uri="fake://one", max_parallel=16)
on = pulumi.ResourceOptions(provider=host)


def options(**more):
    return pulumi.ResourceOptions(provider=host, **more)


"""
PRELUDE_LINES = PRELUDE.count("\n")


@dataclass
class PythonBench:
    """A folder for programs, a state, fake hosts, and an engine on all of them."""

    folder: Path
    world: FakeWorld = field(default_factory=FakeWorld)
    events: list[Event] = field(default_factory=list)
    store: StateStore = field(init=False)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.keys = Keys({"VIRTWRIGHT_HOME": str(self.folder / "home")})
        self.store = open_store(self.folder / "home")
        self.engine = Engine(self.store, [self.events.append], opener=self._open)

    def _open(self, name: str, host: Host) -> Provider:
        """Hosts are fakes; the process of a program's own code is the real one."""
        return open_provider(name, host) if host.uri == "dynamic:///" else self.world.open(name, host)

    def program(
        self,
        text: str,
        *,
        prelude: str = PRELUDE,
        project: str = "shop",
        stack: str | None = None,
        config: Sequence[str] = (),
    ) -> PythonProgram:
        """A program whose text follows the prelude."""
        file = self.folder / f"{project}.py"
        file.write_text(prelude + dedent(text))
        return self.load(file, stack=stack, config=config)

    def load(self, file: Path, *, stack: str | None = None, config: Sequence[str] = ()) -> PythonProgram:
        return load_python(file, stack=stack, config=config, keys=self.keys, environment={})

    def apply(self, text: str, *, run: RunOptions | None = None, **options: Any) -> Result:
        """Each apply is a plan and the pass that acts: two processes."""
        self.events.clear()
        return self.engine.apply(self.program(text, **options), run)

    def plan(self, text: str, *, run: RunOptions | None = None, **options: Any) -> Plan:
        self.events.clear()
        return self.engine.plan(self.program(text, **options), run)

    def steps(self, plan: Plan) -> dict[str, str]:
        """Op by name, without what stays as it is."""
        return {step.urn.name: str(step.op) for step in plan.changes}

    @property
    def done(self) -> dict[str, str]:
        """Op by name of the latest run, without what stays as it is."""
        steps = [event.step for event in self.events if isinstance(event, StepPlanned)]
        return {step.urn.name: str(step.op) for step in steps if step.op != "same"}

    @property
    def logs(self) -> list[str]:
        return [event.message for event in self.events if isinstance(event, Logged)]

    @property
    def warnings(self) -> list[str]:
        return [event.problem.message for event in self.events if isinstance(event, Warned)]

    def records(self, stack: StackName | None = None) -> dict[str, ResourceRecord]:
        """By name."""
        return {each.urn.name: each for each in self.store.stack(stack or StackName("shop", "shop")).resources()}

    def outputs(self, stack: StackName | None = None) -> Value:
        return self.store.stack(stack or StackName("shop", "shop")).outputs()

    def close(self) -> None:
        self.store.close()
