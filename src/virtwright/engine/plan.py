"""Plans: the steps of one run before it runs, and what a run may be told."""

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from virtwright.engine.local_reads import OutsideFile
from virtwright.engine.relocation import Relocation
from virtwright.engine.step import Op, Step
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.diff import Change
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Value
from virtwright.stacks.source import Source

if TYPE_CHECKING:
    from virtwright.engine.desired import Desired


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line says of one run. Resources are named as ``vms.db``, ``db`` or by URN; ``*`` matches."""

    targets: tuple[str, ...] = ()
    """Only these, and what they need."""
    exclude: tuple[str, ...] = ()
    """Not these, nor what needs them."""
    replace: tuple[str, ...] = ()
    """Replace these even if nothing changed."""
    allow_data_loss: tuple[str, ...] = ()
    """Resources whose data may be lost. Exact names only."""
    continue_on_error: bool = False
    lease_wait: float = 60.0
    """Seconds to wait for a lease that somebody else holds."""
    lease_ttl: float = 30.0
    """Seconds that the lease lasts after each renewal."""
    imports: Mapping[str, str] = field(default_factory=dict)
    """By URN: the id or name, on its host, of the object that the resource takes over."""
    lost: tuple[str, ...] = ()
    """Names of hosts that are gone for good where the state has them: they are not asked, and nothing is there any more."""
    give_up: tuple[str, ...] = ()
    """Names of lost hosts that may still answer and have what the state has there: it is given up."""
    identity: str | None = None
    """The identity that a recovery is to give to an empty state."""
    source: Source | None = None
    """Where the stack's file is. None where the stack is named without one: it is changed then whatever its source."""
    new_source: bool = False
    """The source takes the place of the one that the state knows."""
    take_over: tuple[str, ...] = ()
    """Resources that get as their object what is in their place and is not what the state has. Exact names only."""
    new_hosts: tuple[str, ...] = ()
    """Names of hosts that lead to another one now: what can't move there may be made a second time."""
    plan_file: str = ""
    """The absolute path that the plan is saved to or was read from: it counts for nothing in a folder that is copied."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one run, in the order of their decision. Secrets are masked."""

    stack: str
    command: str
    steps: tuple[Step, ...]
    serial: int
    """The state's when the plan was made: it grows with every committed change."""
    options: RunOptions = field(default_factory=RunOptions)
    outputs: Mapping[str, Value] = field(default_factory=dict)
    outside: tuple[OutsideFile, ...] = ()
    """What the stack names outside of its folder."""
    output_changes: tuple[Change, ...] = ()
    """How the stack's outputs change, as far as it is known."""
    output_uncompared: tuple[Change, ...] = ()
    """Outputs of which nothing tells whether they change."""
    relocations: tuple[Relocation, ...] = ()
    """Hosts that the state has at another URI."""
    foreseen: Mapping[Urn, "Desired"] = field(default_factory=dict, repr=False, compare=False)
    """What is made anew for the sake of something that it uses, as far as it can be known before that is there. By the name
    that it has in the state. Secrets are in clear: it stays in the process that planned."""

    @property
    def settled(self) -> bool:
        """Whether it is sure that an apply would change nothing, on the hosts or in the state."""
        told = (*self.output_changes, *self.output_uncompared)
        return not told and not any(step.op is not Op.SAME or step.recorded or step.uncompared for step in self.steps)

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that do something, on the host or in the state."""
        return tuple(step for step in self.steps if step.op is not Op.SAME)


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended."""

    run: str
    succeeded: bool
    interrupted: bool
    summary: Mapping[str, int]
    outputs: Mapping[str, Value]
    """In clear, with ``Secret`` around what is secret."""
