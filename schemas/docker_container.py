"""Settings of a container that only Docker hosts know."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from virtwright.schemas.checks import items, no_repeats
from virtwright.schemas.faults import Expected, fault
from virtwright.schemas.model import Model
from virtwright.schemas.numbers import Count, Cpus
from virtwright.schemas.quantities import Duration, Size
from virtwright.schemas.text import (
    AbsolutePath,
    Account,
    Address,
    Hostname,
    Line,
    Mode,
    Operand,
    Reference,
    canonical_address,
)

_CPU_SET = Annotated[str, Field(pattern=r"^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$"), Expected("CPU numbers, as 0-3,8")]


def _host_address(text: str) -> str:
    return text if text == "host-gateway" else canonical_address(text)


HostAddress = Annotated[str, AfterValidator(_host_address)]
"""An address, or ``host-gateway`` for the host's own."""


class Tmpfs(Model):
    """A folder in memory, gone when the container is."""

    mount: AbsolutePath
    """Where it appears inside."""
    size: Annotated[Size, Field(ge=4096)] | None = None
    """Most it may hold, in bytes, as ``64MiB``. Default: half of the host's memory."""
    mode: Mode | None = None
    """Permissions of the folder in octal, as text. Default: 1777."""


class Ulimit(Model):
    """A limit of the kernel for each process; -1 means unlimited."""

    soft: Annotated[int, Field(ge=-1)]
    """What holds unless the process raises it."""
    hard: Annotated[int, Field(ge=-1)]
    """How far it may be raised."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        numbers = isinstance(self.soft, int) and isinstance(self.hard, int) and self.hard != -1
        if numbers and (self.soft > self.hard or self.soft == -1):
            raise fault("the soft limit {soft} is above the hard limit {hard}", soft=self.soft, hard=self.hard)
        return self


class Device(Model):
    """A device of the host given to the container."""

    host: AbsolutePath
    """The device on the host."""
    path: AbsolutePath | None = None
    """Where it appears inside. Default: the same."""
    permissions: Annotated[str, Field(pattern=r"^r?w?m?$", min_length=1), Expected("some of the letters rwm")] = "rwm"
    """Read, write, make nodes. Default: rwm."""


class DockerContainer(Model):
    """What only Docker hosts know."""

    privileged: bool = False
    """All capabilities and devices of the host. Default: false."""
    init: bool | None = None
    """Run a small init that reaps orphans. Default: the daemon's."""
    tty: bool = False
    """Give it a terminal. Default: false."""
    stdin_open: bool = False
    """Keep its standard input open. Default: false."""
    platform: Reference | None = None
    """Which of the image's platforms to run, as ``linux/arm64``. Default: the host's."""
    runtime: Reference | None = None
    """The OCI runtime. Default: the daemon's."""
    network_mode: Reference | None = None
    """``host``, ``none`` or another of Docker's modes, in place of ``networks``. Default: none of them."""
    pid_mode: Reference | None = None
    """Whose processes it sees, as ``host``. Default: its own."""
    ipc_mode: Reference | None = None
    """Whose shared memory it sees, as ``host``. Default: its own."""
    user_namespace_mode: Literal["host"] | None = None
    """``host`` opts out of the daemon's user namespace. Default: the daemon's."""
    extra_hosts: dict[Hostname, HostAddress] = {}
    """More names for its hosts file; ``host-gateway`` is the host. Default: none."""
    dns: list[Address] = []
    """Name servers. Default: the daemon's."""
    dns_search: list[Hostname] = []
    """Domains that short names are tried in. Default: the daemon's."""
    dns_options: list[Operand] = []
    """Options of the resolver. Default: the daemon's."""
    domain_name: Hostname | None = None
    """Its domain. Default: none."""
    groups: list[Account] = []
    """More groups for its user. Default: none."""
    devices: list[Device] = []
    """Devices of the host. Default: none."""
    gpus: Annotated[int, Field(ge=-1)] | None = None
    """How many GPUs; -1 means all. Default: none."""
    tmpfs: list[Tmpfs] = []
    """Folders in memory. Default: none."""
    shm_size: Annotated[Size, Field(ge=4096)] | None = None
    """Size of ``/dev/shm`` in bytes. Default: the daemon's, 64MiB."""
    sysctls: dict[Reference, Line] = {}
    """Kernel settings of its namespaces. Default: none."""
    ulimits: dict[Reference, Ulimit] = {}
    """Limits of the kernel, by name, as ``nofile``. Default: the daemon's."""
    security_options: list[Operand] = []
    """Security options, as ``no-new-privileges=true``. Default: the daemon's."""
    cgroup_parent: Reference | None = None
    """The control group to be made in. Default: the daemon's."""
    oom_score: Annotated[int, Field(ge=-1000, le=1000)] | None = None
    """How readily the kernel kills it when memory is short. Default: 0."""
    log_driver: Reference | None = None
    """Where its output goes. Default: the daemon's."""
    log_options: dict[Reference, Line] = {}
    """Options of the log driver. Default: the daemon's."""
    cpu_shares: Annotated[int, Field(ge=2, le=262144)] | None = None
    """Weight when CPUs are short. Default: 1024."""
    cpu_set: _CPU_SET | None = None
    """The CPUs it may run on, as ``0-3``. Default: all."""
    cpu_reservation: Cpus | None = None
    """CPUs that a Swarm keeps free for it. Default: none."""
    memory_reservation: Size | None = None
    """Memory in bytes that is left to it when memory is short. Default: none."""
    memory_swap: Size | None = None
    """Memory and swap together in bytes. Default: twice the memory limit."""

    @model_validator(mode="after")
    def _once(self) -> Self:
        no_repeats("the mount point", ((("tmpfs", i, "mount"), each.mount) for i, each in items(self.tmpfs)))
        return self


class DockerService(DockerContainer):
    """What only Docker hosts and Swarms know of a service."""

    endpoint_mode: Literal["vip", "dnsrr"] | None = None
    """How the service's name resolves: to one address for all copies, or to each copy's. Default: vip."""
    restart_delay: Duration | None = None
    """Time before a copy is started again, in seconds. Default: 5s."""
    restart_attempts: Count | None = None
    """How often a copy is started again. Default: without end."""
    restart_window: Duration | None = None
    """How long a copy must have run for a start to count as good, in seconds. Default: at once."""
