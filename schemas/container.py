"""Containers."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from virtwright.schemas.attachments import Attachment, File, PortMapping
from virtwright.schemas.checks import items, no_repeats
from virtwright.schemas.docker_container import DockerContainer
from virtwright.schemas.environment import Environment
from virtwright.schemas.faults import Expected, fault
from virtwright.schemas.model import Model
from virtwright.schemas.numbers import Cpus
from virtwright.schemas.options import Options
from virtwright.schemas.ports import no_port_clashes
from virtwright.schemas.quantities import Duration, Size
from virtwright.schemas.readiness import Command, Health, Healthcheck, WaitFor
from virtwright.schemas.references import RefersTo
from virtwright.schemas.storage import VolumeMount
from virtwright.schemas.text import AbsolutePath, Capability, HostFolder, Hostname, Labels, Owner, Reference, Text


class ContainerResources(Model):
    """Limits. What is left out is unlimited, but for ``pids``."""

    cpus: Cpus | None = None
    """CPUs' worth of time, as 0.5. Default: no limit."""
    memory: Annotated[Size, Field(ge=1024**2)] | None = None
    """Most memory in bytes, as ``64MiB``; at least 1MiB. Default: no limit."""
    pids: Annotated[int, Field(ge=1, le=4_194_304)] | None = None
    """Most processes and threads. Default: 2048 on namespace hosts, no limit elsewhere."""


class NamespaceContainer(Model):
    """What only the namespace runtime knows."""

    user_namespace: bool | None = None
    """Map the container's root to an unprivileged user of the host. Default: where the machine allows it."""
    disk_limit: Annotated[Size, Field(ge=1)] | None = None
    """Most bytes that its own layer holds, where what it writes outside of volumes lies. Default: no limit."""
    host_folders: list[HostFolder] = []
    """With ``image: host``: folders in the host's /opt and /usr/local to show at the same path, as far as everybody on the host may
    read them. Default: none; both are empty."""


def _restart(value: Any) -> Any:
    return "no" if value is False else value  # an unquoted `no` is a boolean to YAML 1.1 tools


class Container(Model):
    """A container."""

    image: Annotated[Reference, RefersTo("Image", "reference", optional=True)]
    """An image of the stack, a registry reference, or ``host`` for the host's own root file system, read-only."""
    command: Command | None = None
    """What it runs. A single text is run by ``/bin/sh -c``. Default: the image's."""
    entrypoint: Command | None = None
    """What the command is given to as arguments. Default: the image's."""
    environment: Environment = {}
    """Variables, added to the image's. Default: none."""
    working_dir: AbsolutePath | None = None
    """The folder it starts in. Default: the image's."""
    user: Owner | None = None
    """``user`` or ``user:group``, by name or number. Default: the image's."""
    hostname: Hostname | None = None
    """Default: the resource's name."""
    ports: list[PortMapping] = []
    """Ports of the host that lead to it, as ``8080:80``. Default: none."""
    networks: list[Attachment] = []
    """The networks it joins. Default: the provider's own, or none."""
    volumes: list[VolumeMount] = []
    """Volumes and folders of the host, as ``data:/var/lib/data``. Default: none."""
    files: list[File] = []
    """Files written before it starts. Default: none."""
    resources: ContainerResources = ContainerResources()
    """Limits. Default: none."""
    restart: Annotated[Literal["no", "on-failure", "always", "unless-stopped"], BeforeValidator(_restart)] = (
        "unless-stopped"
    )
    """When it is started again after its command ended. Default: unless-stopped."""
    healthcheck: Health | None = None
    """How to see that it works; ``none`` turns the image's own off. Default: the image's."""
    stop_signal: Annotated[str, Field(pattern=r"^SIG[A-Z0-9+-]{1,16}$"), Expected("a signal, as SIGTERM")] = "SIGTERM"
    """The signal that asks it to stop. Default: SIGTERM."""
    stop_timeout: Duration = 10.0
    """How long it may take to stop before it is killed, in seconds. Default: 10s."""
    capabilities: list[Capability] = []
    """Linux capabilities added to the default set. Default: none."""
    drop_capabilities: list[
        Annotated[
            str, Field(pattern=r"^(CAP_[A-Z_]{1,32}|ALL)$"), Expected("a Linux capability, as CAP_NET_RAW, or ALL")
        ]
    ] = []
    """Linux capabilities taken from the default set; ``ALL`` takes all. Default: none."""
    read_only: bool = False
    """The root file system can't be written. Default: false."""
    description: Text = ""
    """What it is for. Default: empty."""
    labels: Labels = {}
    """Marks for people and tools. Default: none."""
    wait_for: WaitFor | None = None
    """What must be seen before it counts as created. Default: that it runs."""
    namespace: NamespaceContainer | None = None
    """Settings for the namespace runtime only."""
    docker: DockerContainer | None = None
    """Settings for Docker hosts only."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        no_port_clashes(self.ports)
        no_repeats("the network", ((("networks", i, "network"), each.network) for i, each in items(self.networks)))
        no_repeats("the mount point", ((("volumes", i, "mount"), each.mount) for i, each in items(self.volumes)))
        no_repeats("the file", ((("files", i, "path"), each.path) for i, each in items(self.files)))
        self._can_be_ready()
        return self

    def _can_be_ready(self) -> None:
        wait = self.wait_for
        if not isinstance(wait, WaitFor):
            return
        for field in ("guest_agent", "cloud_init"):
            if getattr(wait, field) is True:
                raise fault("only a virtual machine has that", at=("wait_for", field))
        if wait.healthy is True and isinstance(self.healthcheck, Healthcheck) and self.healthcheck.disabled is True:
            raise fault("the health check is disabled", at=("wait_for", "healthy"))


class ContainerOutputs(Model):
    """What the host reports of a container."""

    id: str
    """The host's own identity of it."""
    name: str
    """Its name on the host."""
    address: str | None = None
    """Its first address."""
    addresses: dict[str, str] = {}
    """Its address on each network, by the network's name on the host."""
    image_digest: str | None = None
    """The digest of the image it was started from."""
    state: str = "running"
    """What it does: ``running``, ``exited``, ..."""
    health: str | None = None
    """What its health check says: ``starting``, ``healthy`` or ``unhealthy``; None where it has none."""


class ContainerEntry(Container, Options):
    """A container."""
