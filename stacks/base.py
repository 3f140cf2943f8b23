"""What a program is to the engine: something that registers goals and returns the stack's outputs."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from typing import Final, Literal, Protocol, runtime_checkable

from virtwright.errors import Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.options import Timeouts
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Path, Properties, Value

HOST_KIND = "Host"
"""The kind of a goal that describes a host. Its type is ``schemas.urn.HOST_TYPE``."""
COMPONENT_KIND: Final = "Component"
"""The kind of a goal that groups others and has no object on a host. Its type is whatever the program calls it."""


@dataclass(frozen=True, slots=True)
class StackName:
    """``project`` is what the stack's file or program says; ``stack`` is the environment."""

    project: str
    stack: str

    def __str__(self) -> str:
        return f"{self.project}/{self.stack}"

    @property
    def short(self) -> str:
        """For people: ``shop`` where both are the same, else ``shop/prod``."""
        return self.stack if self.project == self.stack else str(self)


def nowhere(path: Path) -> Where:
    """The locator of a goal that comes from no file."""
    return Where()


@dataclass(frozen=True, slots=True)
class Read:
    """A file or folder of the machine that runs virtwright, which the inputs of a goal name."""

    path: Path
    """The field that names it."""
    file: str
    """Absolute."""
    content: Path | None = None
    """The field whose value is what the file holds, where it was read. That value is a secret: who can write a stack must
    not be shown whatever the user who runs it can read."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One resource as the user wants it."""

    urn: Urn
    kind: str
    """A key of ``schemas.kinds.KINDS``, ``HOST_KIND`` or ``COMPONENT_KIND``."""
    inputs: Properties
    """As declared, references resolved; may hold ``Secret`` and ``UNKNOWN``. Not yet validated."""
    host: Urn | None = None
    """The URN of the host goal it lives on; None for hosts themselves."""
    dependencies: frozenset[Urn] = frozenset()
    """Everything it needs: by reference and by ``depends_on``. The host is not among them."""
    references: frozenset[Urn] = frozenset()
    """The part of ``dependencies`` whose outputs its inputs use. When one of these is replaced, so is this."""
    aliases: frozenset[Urn] = frozenset()
    """URNs it had before (``moved:``)."""
    protect: bool = False
    retain_on_delete: bool = False
    ignore_changes: tuple[str, ...] = ()
    timeouts: Timeouts = field(default_factory=Timeouts)
    import_id: str | None = None
    """The id or name of an object on the host that is taken over instead of being made, where the state knows none."""
    parent: Urn | None = None
    """The component or resource that it is a part of; None for the stack."""
    deleted_with: Urn | None = None
    """When this one is deleted in the same run, its object goes with it and is not deleted itself."""
    delete_before_replace: bool = False
    """In a replacement the old object goes before the new one comes, also where the host would let both be."""
    replace_on_changes: tuple[str, ...] = ()
    """Field paths whose changes replace the object instead of updating it; ``*`` is every field."""
    replace_with: frozenset[Urn] = frozenset()
    """When one of these, registered before, is replaced in this run, so is this."""
    replacement_trigger: Value = None
    """When this value is another than at the last apply, the object is replaced."""
    secret_outputs: frozenset[str] = frozenset()
    """Outputs to be kept and shown as secrets."""
    hide_changes: tuple[str, ...] = ()
    """Field paths whose values are masked in plans and events, as secrets are."""
    hooks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By moment (``before_create``, ...): the names of functions of the program that are called then."""
    folder: str = ""
    """The stack's folder, absolute: paths of files are kept relative to it. Empty where there is none."""
    reads: tuple[Read, ...] = ()
    """The files that the inputs name."""
    locate: Callable[[Path], Where] = nowhere
    """Where a field of the inputs was written."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What the engine answers to a registered goal."""

    urn: Urn
    id: str | None
    """None while it is not known (a plan, or a step that failed or was skipped)."""
    outputs: Properties
    """Inputs and outputs together. In a plan, what is not known yet is ``UNKNOWN``."""
    result: Literal["done", "failed", "skipped"] = "done"


Register = Callable[[Goal], Awaitable[Registered]]


class Program(Protocol):
    """A stack's program: a YAML stack, a Python stack, or the empty program of ``destroy``."""

    @property
    def name(self) -> StackName: ...

    @property
    def digest(self) -> str:
        """A hash of the program and its configuration, in hex, by which a saved plan is bound to them. It stays in this
        process: secrets can be guessed from it, as it has no key."""
        ...

    async def run(self, register: Register) -> Mapping[str, object]:
        """Register every goal, independent ones concurrently, and return the stack's outputs. A goal whose dependency
        failed is registered all the same (with ``UNKNOWN`` for what it lacks), so that the engine knows it is wanted."""
        ...


@dataclass(frozen=True, slots=True)
class EmptyProgram:
    """Wants nothing: what ``destroy`` runs."""

    name: StackName
    digest: str = ""
    hosts: tuple[Goal, ...] = ()
    """Those that the stack's file names. The state may be from before it had them: they are asked for what it lacks."""

    async def run(self, register: Register) -> Mapping[str, object]:
        return {}


@dataclass(frozen=True, slots=True)
class HookCall:
    """What a function of the program is told when it is called for a step."""

    moment: str
    """``before_create``, ``after_create``, ``before_update``, ``after_update``, ``before_delete``, ``after_delete`` or
    ``on_error``."""
    operation: str
    """``create``, ``update`` or ``delete``."""
    urn: Urn
    id: str | None
    new_inputs: Properties | None = None
    old_inputs: Properties | None = None
    new_outputs: Properties | None = None
    old_outputs: Properties | None = None
    errors: tuple[str, ...] = ()
    """What went wrong, the latest first."""


@dataclass(frozen=True, slots=True)
class Hook:
    """A function of the program that is called before or after a step."""

    call: Callable[[HookCall], Awaitable[bool]]
    """Returns whether a failed step is to be tried again. Raises ``VirtwrightError`` for what goes wrong in it."""
    in_plans: bool = False
    ignore_errors: bool = False


class Services(Protocol):
    """What the engine offers a program besides registering goals. Methods are called on the run's event loop."""

    @property
    def planning(self) -> bool:
        """Nothing is changed in this pass."""
        ...

    @property
    def stopping(self) -> bool:
        """The user wants the run to end."""
        ...

    @property
    def failed(self) -> bool:
        """Something has already gone wrong with a goal, and was told."""
        ...

    def log(self, severity: Literal["debug", "info", "warning", "error"], message: str, urn: Urn | None = None) -> None:
        """Add a line of the program to the stream of events."""
        ...

    def add_hook(self, name: str, hook: Hook) -> None:
        """Offer a function to the goals that name it. Raises ``InputError`` where there is one of that name."""
        ...

    async def put_outputs(self, component: Urn, outputs: Properties) -> None:
        """Record the outputs of a component that was registered before."""
        ...

    def recorded(self, urn: Urn) -> Registered | None:
        """What the state knows of a resource that this run has not registered (yet)."""
        ...

    async def look_up(self, urn: Urn, kind: str, id: str, host: Urn, given: Properties) -> Registered | None:
        """An object that is on a host, whoever made it, by its id or name. ``urn`` is what the program calls it, and ``given``
        what it says of it, which is told to code of the program's own. None where there is none. The id is None, and
        outputs are ``UNKNOWN``, where the host is not known yet. Raises ``UnsupportedError`` and ``HostError``."""
        ...

    async def ask(self, function: str, arguments: Properties, host: Urn) -> Properties | None:
        """What a host answers to one of ``schemas.functions``; None where it is not known yet. Raises ``InputError``,
        ``UnsupportedError`` and ``HostError``."""
        ...

    def stack_outputs(self, name: StackName) -> Properties | None:
        """The outputs of another stack of the same store; None where they are not known yet. Raises ``StateError`` where
        there is no such stack."""
        ...

    def stack_resources(self, name: StackName) -> Mapping[str, Properties]:
        """By URN: the outputs of all resources of another stack. Raises ``StateError``."""
        ...


@runtime_checkable
class Served(Protocol):
    """What a program offers besides, that asks more of the engine than to register goals, and stays alive until the run
    is over."""

    async def serve(self, register: Register, services: Services) -> Mapping[str, object]:
        """As ``run``, but the program's functions can be called until ``end``."""
        ...

    async def end(self) -> None:
        """The run is over, whatever became of it."""
        ...
