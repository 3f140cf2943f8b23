"""Containers."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from virtwright.schemas.attachments import Attachment, File, PortMapping, VolumeMount
from virtwright.schemas.model import Model
from virtwright.schemas.quantities import Duration, Size
from virtwright.schemas.readiness import Command, Healthcheck, WaitFor
from virtwright.schemas.references import RefersTo
from virtwright.schemas.text import AbsolutePath, Hostname, Line, Text


class ContainerResources(Model):
    """Limits. What is left out is unlimited."""

    cpus: Annotated[float, Field(gt=0, le=4096)] | None = None
    """CPUs' worth of time, as 0.5."""
    memory: Size | None = None
    pids: Annotated[int, Field(ge=1)] | None = None
    """Most processes and threads."""


def _environment(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _scalar(item) for key, item in value.items()}


def _scalar(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


EnvironmentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$")]
Environment = Annotated[
    dict[EnvironmentName, Annotated[str, Field(pattern=r"^[^\x00]*$")]],
    BeforeValidator(_environment, json_schema_input_type=dict[str, str | int | float | bool]),
]


class NamespaceContainer(Model):
    """What only the namespace runtime knows."""

    user_namespace: bool | None = None
    """Map the container's root to an unprivileged user of the host. Default: where the machine allows it."""


class Container(Model):
    """A container."""

    image: Annotated[Line, RefersTo("Image", "reference", optional=True)]
    """An image of the stack, a registry reference, or ``host`` for the host's own root file system, read-only."""
    command: Command | None = None
    """Default: the image's."""
    entrypoint: Command | None = None
    environment: Environment = {}
    working_dir: AbsolutePath | None = None
    user: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(:[A-Za-z0-9_-]+)?$")] | None = None
    """``user`` or ``user:group``, by name or number."""
    hostname: Hostname | None = None
    """Default: the resource's name."""
    ports: list[PortMapping] = []
    networks: list[Attachment] = []
    volumes: list[VolumeMount] = []
    files: list[File] = []
    resources: ContainerResources = ContainerResources()
    restart: Literal["no", "on-failure", "always", "unless-stopped"] = "unless-stopped"
    healthcheck: Healthcheck | None = None
    stop_signal: Annotated[str, Field(pattern=r"^SIG[A-Z0-9]+$")] = "SIGTERM"
    stop_timeout: Duration = 10.0
    """How long it may take to stop before it is killed."""
    capabilities: list[Annotated[str, Field(pattern=r"^CAP_[A-Z_]+$")]] = []
    """Linux capabilities added to the default set."""
    drop_capabilities: list[Annotated[str, Field(pattern=r"^(CAP_[A-Z_]+|ALL)$")]] = []
    read_only: bool = False
    """The root file system can't be written."""
    description: Text = ""
    labels: dict[Line, Line] = {}
    wait_for: WaitFor | None = None
    namespace: NamespaceContainer | None = None


class ContainerOutputs(Model):
    """What the host reports of a container."""

    id: str
    name: str
    address: str | None = None
    """Its first address."""
    addresses: dict[str, str] = {}
    """Its address on each network, by the network's name on the host."""
    image_digest: str | None = None
    state: str = "running"
