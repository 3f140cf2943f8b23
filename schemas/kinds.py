"""The kinds, in one table: name, section of the YAML stack, models, and whether it holds data."""

from dataclasses import dataclass
from typing import Final

from virtwright.schemas.container import Container, ContainerOutputs
from virtwright.schemas.dynamic import Dynamic, DynamicOutputs
from virtwright.schemas.image import Image, ImageOutputs
from virtwright.schemas.machine import VirtualMachine, VirtualMachineOutputs
from virtwright.schemas.model import Model
from virtwright.schemas.network import Network, NetworkOutputs
from virtwright.schemas.service import Service, ServiceOutputs
from virtwright.schemas.urn import type_token
from virtwright.schemas.volume import Volume, VolumeOutputs


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of resource."""

    name: str
    section: str
    """Its section in a YAML stack, and the first word of a reference: ``${vms.db.address}``."""
    inputs: type[Model]
    outputs: type[Model]
    holds_data: bool = False
    """Deleting or replacing it loses the user's data, and is refused unless allowed for it by name."""

    @property
    def type(self) -> str:
        return type_token(self.name)


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("Network", "networks", Network, NetworkOutputs),
        Kind("Volume", "volumes", Volume, VolumeOutputs, holds_data=True),
        Kind("Image", "images", Image, ImageOutputs),
        Kind("VirtualMachine", "vms", VirtualMachine, VirtualMachineOutputs),
        Kind("Container", "containers", Container, ContainerOutputs),
        Kind("Service", "services", Service, ServiceOutputs),
    )
}
SECTIONS: Final = {kind.section: kind for kind in KINDS.values()}
TYPES: Final = {kind.type: kind for kind in KINDS.values()}
"""By type, as URNs have it: another package's ``Container`` is none of ours."""

DYNAMIC: Final = Kind("Dynamic", "dynamic", Dynamic, DynamicOutputs)
"""What programs make with code of their own. No part of the vocabulary: no stack in YAML has it, and its types are the
program's own."""
EVERY_KIND: Final = {**KINDS, DYNAMIC.name: DYNAMIC}
"""All that a state may hold."""
