"""A whole YAML stack: its sections, its configuration, its moves, and the JSON Schema of all of it."""

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import ConfigDict, Field, model_validator

from virtwright.schemas.container import Container
from virtwright.schemas.host import Host
from virtwright.schemas.image import Image
from virtwright.schemas.json_schema import file_schema
from virtwright.schemas.kinds import SECTIONS
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.model import Model
from virtwright.schemas.network import Network
from virtwright.schemas.options import Options
from virtwright.schemas.service import Service
from virtwright.schemas.text import NAME_PATTERN, Name, Text
from virtwright.schemas.values import Unknown, Value
from virtwright.schemas.volume import Volume

ConfigType: TypeAlias = Literal["string", "integer", "number", "boolean", "list", "map"]
_SECTION = "|".join(SECTIONS)
ResourceAddress = Annotated[str, Field(pattern=rf"^({_SECTION})\.{NAME_PATTERN.removeprefix('^')}")]
"""A resource of a stack: its section and its name, as ``vms.db``."""


def fits_config_type(value: Value, type_: ConfigType) -> bool:
    """Whether ``value`` may be the value of a configuration key of this type. An integer is a number; a boolean is not."""
    match type_:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "list":
            return isinstance(value, list)
        case "map":
            return isinstance(value, dict) and all(isinstance(key, str) for key in value)


class ConfigDeclaration(Model):
    """One key of the stack's configuration."""

    type: ConfigType = "string"
    """What its value must be. ``map`` is an object of any depth. Default: string."""
    default: Any = None
    """The value where nothing else gives one. Default: none, so that a value must be given."""
    secret: bool = False
    """Its value is never shown and is stored encrypted. Default: false."""
    description: Text = ""
    """What it is for, shown when it is missing. Default: empty."""

    @model_validator(mode="after")
    def _default_fits(self) -> Self:
        if not isinstance(self.default, Unknown | None) and not fits_config_type(self.default, self.type):
            raise ValueError(f"the default is not of the type {self.type}")
        return self


class Moved(Model):
    """A resource that has got another name; it is kept, not made anew."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    source: Annotated[ResourceAddress, Field(alias="from")]
    """What it was called, as ``vms.db``."""
    to: ResourceAddress
    """What it is called now, in the same section."""

    @model_validator(mode="after")
    def _same_section(self) -> Self:
        if self.source == self.to:
            raise ValueError("from and to are the same")
        if self.source.split(".")[0] != self.to.split(".")[0]:
            raise ValueError("from and to must be in the same section: a resource can't become another kind")
        return self


class NetworkEntry(Network, Options):
    """A network that machines and containers join."""


class VolumeEntry(Volume, Options):
    """A volume: storage that outlives what uses it."""


class ImageEntry(Image, Options):
    """An image: what machines and containers start from."""


class VirtualMachineEntry(VirtualMachine, Options):
    """A virtual machine, or a system container where the host has no hypervisor."""


class ContainerEntry(Container, Options):
    """A container."""


class ServiceEntry(Service, Options):
    """A container in several copies, placed and updated together."""


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


ENTRIES: dict[str, type[Model]] = {
    "networks": NetworkEntry,
    "volumes": VolumeEntry,
    "images": ImageEntry,
    "vms": VirtualMachineEntry,
    "containers": ContainerEntry,
    "services": ServiceEntry,
}
"""The inputs and options of one entry together, by section."""


def stack_json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a stack file, with shorthands and references allowed where they are."""
    return file_schema(StackFile, literal=(ConfigDeclaration, Moved))
