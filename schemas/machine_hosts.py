"""Settings of a virtual machine that only one kind of host knows."""

from typing import Annotated, Literal

from pydantic import Field

from virtwright.schemas.faults import Expected
from virtwright.schemas.model import Model
from virtwright.schemas.quantities import Size
from virtwright.schemas.text import Capability, HostFolder, Line, Text

Signal = Annotated[
    str,
    Field(pattern=r"^SIG(HUP|INT|QUIT|USR1|USR2|TERM|PWR|RTMIN\+([0-9]|[12][0-9]|30))$"),
    Expected("a signal, as SIGTERM or SIGRTMIN+3"),
]


class LibvirtMachine(Model):
    """What only libvirt hosts know."""

    type: Literal["kvm", "qemu", "xen", "lxc", "test"] | None = None
    """The domain type. Default: the best that the host's capabilities offer."""
    watchdog: Literal["reset", "poweroff", "pause", "none"] | None = None
    """What a watchdog does when the guest stops feeding it. Default: there is no watchdog."""
    tpm: bool = False
    """Give it an emulated TPM 2.0. Default: false."""
    secure_boot: bool = False
    """With ``firmware: uefi``, start signed loaders only. Default: false."""
    clock: Literal["utc", "localtime"] = "utc"
    """What its clock shows; Windows expects ``localtime``. Default: utc."""
    video: Literal["virtio", "qxl", "vga", "cirrus", "bochs", "none"] | None = None
    """Its graphics card. Default: what the graphical console needs."""
    move: Literal["live", "cold"] | None = None
    """How it gets to another host: ``live``, running all the time, or not at all; ``cold``, shut down for it. Default: live where
    both hosts can, else cold."""
    on_crash: Literal["destroy", "restart", "preserve"] | None = None
    """What happens when the guest crashes. Default: destroy."""
    init: Annotated[list[Line], Field(min_length=1)] | None = None
    """Process 1 of a machine on LXC: the path of a program inside, and its arguments. Default: ``[/sbin/init]``."""
    stop_signal: Signal | None = None
    """What asks process 1 of a machine on LXC to shut down. Default: ``SIGRTMIN+3``, as systemd understands it."""
    xml: Text | None = None
    """A fragment laid over the generated domain XML. Default: none."""


class NamespaceMachine(Model):
    """What only the namespace runtime knows."""

    capabilities: list[Capability] = []
    """Linux capabilities added to the default set. Default: none."""
    privileged: bool = False
    """For machines that are hosts themselves (Docker, libvirt): all capabilities, no seccomp filter, cgroups of their own,
    this machine's devices. Its root can become this machine's root. Default: false."""
    disk_limit: Annotated[Size, Field(ge=1)] | None = None
    """Most bytes that its own layer holds, where what it writes outside of volumes lies. Default: no limit."""
    host_folders: list[HostFolder] = []
    """With ``image: host``: folders in the host's /opt and /usr/local to show at the same path, as far as everybody on the host may
    read them. Default: none; both are empty."""
