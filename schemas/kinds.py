"""The kinds, in one table: name, section of the YAML stack, models, and whether it holds data."""

from functools import cache
from importlib import import_module
from typing import Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.model import Model
from virtwright.schemas.urn import type_token


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of resource. Its models are loaded when they are first asked for: most stacks have few kinds."""

    name: str
    section: str
    """Its section in a YAML stack, and the first word of a reference: ``${vms.db.address}``."""
    module: str
    """What has its models, below ``virtwright.schemas``."""
    holds_data: bool = False
    """Deleting or replacing it loses the user's data, and is refused unless allowed for it by name."""

    @property
    def inputs(self) -> type[Model]:
        return _model(self.module, self.name)

    @property
    def outputs(self) -> type[Model]:
        return _model(self.module, f"{self.name}Outputs")

    @property
    def entry(self) -> type[Model]:
        """An entry of its section: the inputs and options together."""
        return _model(self.module, f"{self.name}Entry")

    @property
    def type(self) -> str:
        return type_token(self.name)


@cache
def _model(module: str, name: str) -> type[Model]:
    model: type[Model] = getattr(import_module(f"virtwright.schemas.{module}"), name)
    return model


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("Network", "networks", "network"),
        Kind("Volume", "volumes", "volume", holds_data=True),
        Kind("Image", "images", "image"),
        Kind("VirtualMachine", "vms", "machine"),
        Kind("Container", "containers", "container"),
        Kind("Service", "services", "service"),
    )
}
SECTIONS: Final = {kind.section: kind for kind in KINDS.values()}
TYPES: Final = {kind.type: kind for kind in KINDS.values()}
"""By type, as URNs have it: another package's ``Container`` is none of ours."""

DYNAMIC: Final = Kind("Dynamic", "dynamic", "dynamic")
"""What programs make with code of their own. No part of the vocabulary: no stack in YAML has it, and its types are the
program's own."""
EVERY_KIND: Final = {**KINDS, DYNAMIC.name: DYNAMIC}
"""All that a state may hold."""
