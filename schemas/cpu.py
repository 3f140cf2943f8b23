"""The processor that a guest sees."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from virtwright.schemas.faults import Expected, fault
from virtwright.schemas.model import Model
from virtwright.schemas.values import UNKNOWN, Unknown

_Part = Annotated[int, Field(ge=1, le=1024)]


class CpuTopology(Model):
    """How the CPUs are arranged; the product of all must be the number of CPUs (``max_cpus`` where it is given)."""

    sockets: _Part = 1
    """How many processors. Default: 1."""
    cores: _Part = 1
    """Cores in each processor. Default: 1."""
    threads: _Part = 1
    """Threads in each core. Default: 1."""

    @property
    def product(self) -> int | Unknown:
        """How many CPUs that makes."""
        parts: tuple[Any, ...] = (self.sockets, self.cores, self.threads)
        return UNKNOWN if UNKNOWN in parts else parts[0] * parts[1] * parts[2]


class Cpu(Model):
    """The processor that the guest sees."""

    mode: Literal["host-passthrough", "host-model", "custom", "maximum"] | None = None
    """How it is chosen. Default: custom where ``model`` is given, else the hypervisor's."""
    model: (
        Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"), Expected("a CPU model, as Skylake-Server")]
        | None
    ) = None
    """A named model, as ``Skylake-Server``. Default: by ``mode``."""
    topology: CpuTopology | None = None
    """How the CPUs are arranged. Default: one socket for each CPU."""
    features: dict[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"), Expected("a CPU feature, as vmx")],
        Literal["require", "disable", "optional", "force", "forbid"],
    ] = {}
    """What to do with single features, as ``{vmx: disable}``. Default: as the model has them."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.mode == "custom" and self.model is None:
            raise fault("mode custom needs the field model", at=("mode",))
        if self.model is not None and self.mode in ("host-passthrough", "host-model", "maximum"):
            raise fault("a model goes with mode custom only", at=("model",))
        return self
