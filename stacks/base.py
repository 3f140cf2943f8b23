"""What a program is to the engine: something that registers goals and returns the stack's outputs."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from virtwright.errors import Where
from virtwright.schemas.options import Timeouts
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Path, Properties

HOST_KIND = "Host"
"""The kind of a goal that describes a host. Its type is ``schemas.urn.HOST_TYPE``."""


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
class Goal:
    """One resource as the user wants it."""

    urn: Urn
    kind: str
    """A key of ``schemas.kinds.KINDS``, or ``HOST_KIND``."""
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
        """A hash of the program and its configuration, in hex; a saved plan is bound to it."""
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

    async def run(self, register: Register) -> Mapping[str, object]:
        return {}
