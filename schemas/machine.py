"""Virtual machines."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from virtwright.schemas.attachments import Attachment, PortMapping
from virtwright.schemas.checks import items, known, no_repeats
from virtwright.schemas.cloud_init import CloudInit
from virtwright.schemas.cpu import Cpu, CpuTopology
from virtwright.schemas.faults import fault
from virtwright.schemas.graphics import Graphics, GraphicsField
from virtwright.schemas.machine_hosts import LibvirtMachine, NamespaceMachine
from virtwright.schemas.model import Model
from virtwright.schemas.numbers import Cpus
from virtwright.schemas.options import Options
from virtwright.schemas.ports import no_port_clashes
from virtwright.schemas.quantities import Duration, Size
from virtwright.schemas.readiness import WaitFor
from virtwright.schemas.references import RefersTo
from virtwright.schemas.storage import Disk
from virtwright.schemas.text import AbsolutePath, Labels, Line, Reference, Text

Memory = Annotated[Size, Field(ge=1024**2)]
CpuCount = Annotated[int, Field(ge=1, le=1024)]


class KernelBoot(Model):
    """Boot this kernel directly instead of a disk. Paths are the host's."""

    kernel: AbsolutePath
    """Path of the kernel on the host."""
    initrd: AbsolutePath | None = None
    """Path of the initial file system on the host. Default: none."""
    cmdline: Line = ""
    """The kernel's command line. Default: empty."""


class MachineResources(Model):
    """Shares and limits, relative to the other machines of the host."""

    cpu_shares: Annotated[int, Field(ge=2, le=262144)] | None = None
    """Weight when CPUs are short. Default: 1024."""
    cpu_limit: Cpus | None = None
    """CPUs' worth of time it may use at most. Default: no limit beyond its own CPUs."""
    memory_limit: Memory | None = None
    """Hard limit of memory on the host in bytes. Default: none beyond the machine's own memory."""
    io_weight: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Weight when the disks are busy, from 1 to 1000. Default: the host's."""
    pids: Annotated[int, Field(ge=1, le=4_194_304)] | None = None
    """Most processes and threads, where the machine is a system container. Default: 2048; in a privileged one no limit."""


def _boot_form(value: Any) -> Literal["disk", "kernel"]:
    return "kernel" if isinstance(value, dict | KernelBoot) else "disk"


Boot = Annotated[
    Annotated[Literal["disk"], Tag("disk")] | Annotated[KernelBoot, Tag("kernel")], Discriminator(_boot_form)
]


class VirtualMachine(Model):
    """A virtual machine, or a system container where the host has no hypervisor."""

    cpus: CpuCount = 1
    """How many CPUs it has. Default: 1."""
    memory: Memory = 1024**3
    """Memory in bytes, as ``2GiB``. Default: 1GiB."""
    max_cpus: CpuCount | None = None
    """CPUs that it may have without a restart. Default: as ``cpus``."""
    max_memory: Memory | None = None
    """Memory in bytes that it may have without a restart. Default: as ``memory``."""
    image: Annotated[Reference, RefersTo("Image", "reference", optional=True)] | None = None
    """What its first disk or root file system is made from: an image of the stack, a path, or ``host``. Default: it has
    only the disks in ``disks``."""
    architecture: Literal["x86_64", "aarch64", "riscv64", "s390x", "ppc64le"] | None = None
    """The processor's architecture. Default: the host's."""
    machine_type: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")] | None = None
    """For example ``q35``. Default: the host's for the architecture."""
    firmware: Literal["bios", "uefi"] | None = None
    """What starts the machine. Default: the host's for the machine type."""
    virtualization: Literal["full", "paravirtual"] = "paravirtual"
    """``paravirtual``: virtio devices. ``full``: emulated devices, for guests that know no others. Default:
    paravirtual."""
    cpu: Cpu = Cpu()
    """The processor that the guest sees. Default: the host's choice."""
    boot: Boot = "disk"
    """What is booted: ``disk``, or a kernel. Default: disk."""
    disks: list[Disk] = []
    """Disks besides the one made from ``image``. Default: none."""
    networks: list[Attachment] = []
    """The networks it joins. Default: none."""
    ports: list[PortMapping] = []
    """Ports of the host that lead to the machine. Default: none."""
    cloud_init: CloudInit | None = None
    """What is done at the first start. Default: nothing."""
    graphics: GraphicsField = Graphics()
    """A graphical console. Default: none."""
    console: bool = True
    """A serial console, with its log kept. Default: true."""
    guest_agent: bool = False
    """Give the guest a channel for the QEMU guest agent. Default: false."""
    autostart: bool = False
    """Start it when the host starts. Default: false."""
    power: Literal["running", "stopped", "paused"] = "running"
    """What it should be doing. Default: running."""
    resources: MachineResources = MachineResources()
    """Shares and limits. Default: none."""
    shutdown_timeout: Duration = 60.0
    """How long a graceful shutdown may take before the machine is switched off, in seconds. Default: 60s."""
    switch_off: bool = True
    """Switch it off when a graceful shutdown took too long; without it, the step fails instead. Default: true."""
    wait_for: WaitFor | None = None
    """What must be seen before it counts as created. Default: that it runs."""
    description: Text = ""
    """What it is for. Default: empty."""
    labels: Labels = {}
    """Marks for people and tools. Default: none."""
    libvirt: LibvirtMachine | None = None
    """Settings for libvirt hosts only."""
    namespace: NamespaceMachine | None = None
    """Settings for the namespace runtime only."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self._maxima_fit()
        self._topology_fits()
        self._devices_fit()
        self._can_be_ready()
        return self

    def _maxima_fit(self) -> None:
        for name in ("cpus", "memory"):
            least, most = getattr(self, name), getattr(self, f"max_{name}")
            if known(least, most) and least > most:
                raise fault(f"max_{name} is less than {name}", at=(f"max_{name}",))

    def _topology_fits(self) -> None:
        topology = self.cpu.topology if isinstance(self.cpu, Cpu) else None
        total = self.cpus if self.max_cpus is None else self.max_cpus
        if not isinstance(topology, CpuTopology) or not known(total, product := topology.product):
            return
        if product != total:
            field = "cpus" if self.max_cpus is None else "max_cpus"
            at = ("cpu", "topology")
            raise fault("{product} CPUs in the topology, but {total} in " + field, at=at, product=product, total=total)

    def _devices_fit(self) -> None:
        no_port_clashes(self.ports)
        disks, networks = items(self.disks), items(self.networks)
        if len(disks) + len(networks) < 2:
            return
        no_repeats("the volume", ((("disks", i, "volume"), each.volume) for i, each in disks))
        no_repeats("the mount point", ((("disks", i, "mount"), each.mount) for i, each in disks))
        no_repeats("the MAC address", ((("networks", i, "mac"), each.mac) for i, each in networks))
        no_repeats("the address", ((("networks", i, "address"), each.address) for i, each in networks))
        orders = [(("disks", i, "boot_order"), each.boot_order) for i, each in disks]
        no_repeats(
            "the boot order", orders + [(("networks", i, "boot_order"), each.boot_order) for i, each in networks]
        )

    def _can_be_ready(self) -> None:
        wait = self.wait_for
        if not isinstance(wait, WaitFor):
            return
        for field in ("healthy", "completed"):
            if getattr(wait, field) is True:
                raise fault("only a container has that", at=("wait_for", field))
        if wait.guest_agent is True and self.guest_agent is False:
            raise fault("needs guest_agent: true on the machine", at=("wait_for", "guest_agent"))
        if wait.cloud_init is True and self.cloud_init is None:
            raise fault("the machine has no cloud_init to wait for", at=("wait_for", "cloud_init"))


class VirtualMachineOutputs(Model):
    """What the host reports of a machine."""

    id: str
    """The host's own identity of it: its UUID."""
    name: str
    """Its name on the host."""
    address: str | None = None
    """Its first address."""
    addresses: dict[str, str] = {}
    """Its address on each network, by the network's name on the host."""
    state: str = "running"
    """What it does: ``running``, ``stopped`` or ``paused``."""


class VirtualMachineEntry(VirtualMachine, Options):
    """A virtual machine, or a system container where the host has no hypervisor."""
