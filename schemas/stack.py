"""A whole YAML stack: its sections, its configuration, its moves, and the JSON Schema of all of it."""

from typing import Any

from virtwright.schemas.container import ContainerEntry
from virtwright.schemas.declarations import ConfigDeclaration, Moved
from virtwright.schemas.host import Host
from virtwright.schemas.image import ImageEntry
from virtwright.schemas.json_schema import file_schema
from virtwright.schemas.machine import VirtualMachineEntry
from virtwright.schemas.model import Model
from virtwright.schemas.network import NetworkEntry
from virtwright.schemas.service import ServiceEntry
from virtwright.schemas.text import Name
from virtwright.schemas.volume import VolumeEntry


class StackFile(Model):
    """A virtwright stack."""

    stack: Name
    """The stack's name."""
    hosts: dict[Name, Host] = {}
    """The hosts by name. The first one is the default for every resource."""
    config: dict[Name, ConfigDeclaration] = {}
    """The configuration keys, used as ``${config.KEY}``."""
    networks: dict[Name, NetworkEntry] = {}
    """Networks by name, used as ``${networks.NAME.ATTRIBUTE}``."""
    volumes: dict[Name, VolumeEntry] = {}
    """Volumes by name, used as ``${volumes.NAME.ATTRIBUTE}``."""
    images: dict[Name, ImageEntry] = {}
    """Images by name, used as ``${images.NAME.ATTRIBUTE}``."""
    vms: dict[Name, VirtualMachineEntry] = {}
    """Virtual machines by name, used as ``${vms.NAME.ATTRIBUTE}``."""
    containers: dict[Name, ContainerEntry] = {}
    """Containers by name, used as ``${containers.NAME.ATTRIBUTE}``."""
    services: dict[Name, ServiceEntry] = {}
    """Services by name, used as ``${services.NAME.ATTRIBUTE}``."""
    outputs: dict[Name, Any] = {}
    """What the stack gives to its user: any values, with references."""
    moved: list[Moved] = []
    """Resources that were renamed since the last apply."""


def stack_json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a stack file, with shorthands and references allowed where they are."""
    return file_schema(StackFile, literal=(ConfigDeclaration, Moved))
