"""Events: everything that happens in a run. The terminal view, ``--json``, the log and the tests listen to one stream."""

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from virtwright.engine.local_reads import OutsideFile
from virtwright.engine.relocation import Relocation
from virtwright.engine.step import Step
from virtwright.errors import Problem
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Value

Command: TypeAlias = Literal["plan", "apply", "refresh", "destroy", "recover", "validate"]


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A command began on a stack."""

    run: str
    """Id of the run."""
    command: Command
    stack: str


@dataclass(frozen=True, slots=True)
class LeaseWaiting:
    """Somebody else is changing the stack; this run waits."""

    holder: str
    expires_in: float
    """Seconds until the holder must have renewed its lease."""


@dataclass(frozen=True, slots=True)
class HostObserved:
    """A host was asked for all that bears the stack's stamp."""

    host: str
    kind: str
    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class IntentSettled:
    """An operation that an earlier run left open was looked up and settled."""

    urn: Urn
    operation: str
    outcome: Literal["adopted", "finished", "removed", "nothing"]
    """``nothing``: it had never happened."""


@dataclass(frozen=True, slots=True)
class StepPlanned:
    """A decision was made. In an apply it comes just before the step starts."""

    step: Step


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A host is being changed."""

    step: Step


@dataclass(frozen=True, slots=True)
class StepProgress:
    """News from a step under way."""

    urn: Urn
    message: str
    fraction: float | None = None
    """The part done, from 0 to 1, where it is known."""


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step is done and recorded."""

    step: Step
    seconds: float


@dataclass(frozen=True, slots=True)
class StepFailed:
    """A step failed; what it may have left behind is recorded."""

    step: Step
    problem: Problem
    seconds: float


@dataclass(frozen=True, slots=True)
class StepSkipped:
    """A step was not tried."""

    urn: Urn
    reason: str


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the user should know that stops nothing."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Logged:
    """A line that the stack's own program wrote."""

    severity: Literal["debug", "info", "warning", "error"]
    message: str
    urn: Urn | None = None


@dataclass(frozen=True, slots=True)
class RunFinished:
    """A command ended."""

    run: str
    result: Literal["succeeded", "failed", "interrupted"]
    summary: Mapping[str, int]
    """How many steps of each op were done (or, in a plan, are due); keys are the values of ``Op`` and ``failed``."""
    outputs: Mapping[str, Value]
    """The stack's outputs; secrets are masked."""
    seconds: float


Event: TypeAlias = (
    RunStarted
    | LeaseWaiting
    | HostObserved
    | IntentSettled
    | OutsideFile
    | Relocation
    | StepPlanned
    | StepStarted
    | StepProgress
    | StepFinished
    | StepFailed
    | StepSkipped
    | Warned
    | Logged
    | RunFinished
)
Listener: TypeAlias = Callable[[Event], None]
"""Called on the engine's own thread, in order. Must not block."""
