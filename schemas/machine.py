"""Virtual machines."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from virtwright.schemas.attachments import Attachment, Disk, PortMapping
from virtwright.schemas.cloud_init import CloudInit
from virtwright.schemas.model import Model
from virtwright.schemas.quantities import Duration, Size
from virtwright.schemas.readiness import WaitFor
from virtwright.schemas.references import RefersTo
from virtwright.schemas.text import Address, Line, Text


class KernelBoot(Model):
    """Boot this kernel directly instead of a disk. Paths are the host's."""

    kernel: Line
    initrd: Line | None = None
    cmdline: Line = ""


class Graphics(Model):
    """A graphical console."""

    type: Literal["none", "vnc", "spice"] = "none"
    listen: Address = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Default: chosen by the host."""
    password: Line | None = None
    """Give it as a secret."""


def _graphics(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


class CpuTopology(Model):
    """How the CPUs are arranged; the product of all must be the number of CPUs."""

    sockets: Annotated[int, Field(ge=1)] = 1
    cores: Annotated[int, Field(ge=1)] = 1
    threads: Annotated[int, Field(ge=1)] = 1


class Cpu(Model):
    """The processor that the guest sees."""

    mode: Literal["host-passthrough", "host-model", "custom", "maximum"] | None = None
    model: Line | None = None
    topology: CpuTopology | None = None


class MachineResources(Model):
    """Shares and limits, relative to the other machines of the host."""

    cpu_shares: Annotated[int, Field(ge=2, le=262144)] | None = None
    """Weight when CPUs are short. Default: 1024."""
    cpu_limit: Annotated[float, Field(gt=0)] | None = None
    """CPUs' worth of time it may use at most."""
    memory_limit: Size | None = None
    """Hard limit of memory on the host. Default: none beyond the machine's own memory."""
    io_weight: Annotated[int, Field(ge=1, le=1000)] | None = None
    pids: Annotated[int, Field(ge=1)] | None = None
    """Most processes and threads, where the machine is a system container."""


class LibvirtMachine(Model):
    """What only libvirt hosts know."""

    type: Literal["kvm", "qemu", "xen", "lxc", "test"] | None = None
    """The domain type. Default: the best that the host's capabilities offer."""
    watchdog: Literal["reset", "poweroff", "pause", "none"] | None = None
    tpm: bool = False
    xml: Text | None = None
    """A fragment laid over the generated domain XML."""


class NamespaceMachine(Model):
    """What only the namespace runtime knows."""

    capabilities: list[Annotated[str, Field(pattern=r"^CAP_[A-Z_]+$")]] = []
    """Linux capabilities added to the default set."""
    privileged: bool = False
    """All capabilities, no seccomp filter, devices and cgroups visible: for machines that are hosts themselves."""


class VirtualMachine(Model):
    """A virtual machine, or a system container where the host has no hypervisor."""

    cpus: Annotated[int, Field(ge=1, le=1024)] = 1
    memory: Size = 1024**3
    """Memory in bytes, as ``2GiB``."""
    max_cpus: Annotated[int, Field(ge=1, le=1024)] | None = None
    """CPUs that may be added while it runs. Default: as ``cpus``."""
    max_memory: Size | None = None
    """Memory that may be added while it runs. Default: as ``memory``."""
    image: Annotated[Line, RefersTo("Image", "reference", optional=True)] | None = None
    """What its first disk or root file system is made from: an image of the stack, a path, or ``host``."""
    architecture: Literal["x86_64", "aarch64", "riscv64", "s390x", "ppc64le"] | None = None
    """Default: the host's."""
    machine_type: Line | None = None
    """For example ``q35``. Default: the host's for the architecture."""
    firmware: Literal["bios", "uefi"] | None = None
    virtualization: Literal["full", "paravirtual"] = "paravirtual"
    """``paravirtual``: virtio devices. ``full``: emulated devices, for guests that know no others."""
    cpu: Cpu = Cpu()
    boot: Literal["disk"] | KernelBoot = "disk"
    disks: list[Disk] = []
    networks: list[Attachment] = []
    ports: list[PortMapping] = []
    """Ports of the host that lead to the machine."""
    cloud_init: CloudInit | None = None
    graphics: Annotated[Graphics, BeforeValidator(_graphics, json_schema_input_type=str | Graphics)] = Graphics()
    console: bool = True
    """A serial console, with its log kept."""
    guest_agent: bool = False
    """Give the guest a channel for the QEMU guest agent."""
    autostart: bool = False
    """Start it when the host starts."""
    power: Literal["running", "stopped", "paused"] = "running"
    resources: MachineResources = MachineResources()
    shutdown_timeout: Duration = 60.0
    """How long a graceful shutdown may take before the machine is switched off."""
    wait_for: WaitFor | None = None
    description: Text = ""
    labels: dict[Line, Line] = {}
    libvirt: LibvirtMachine | None = None
    namespace: NamespaceMachine | None = None

    @model_validator(mode="after")
    def _maxima_fit(self) -> Self:
        for least, most, name in ((self.cpus, self.max_cpus, "cpus"), (self.memory, self.max_memory, "memory")):
            if isinstance(least, int) and isinstance(most, int) and least > most:
                raise ValueError(f"max_{name} is less than {name}")
        return self


class VirtualMachineOutputs(Model):
    """What the host reports of a machine."""

    id: str
    name: str
    address: str | None = None
    """Its first address."""
    addresses: dict[str, str] = {}
    """Its address on each network, by the network's name on the host."""
    state: str = "running"
