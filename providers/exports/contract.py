"""What operations offer besides, for what can be saved as a whole in one file and made again from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from virtwright.providers.context import Context
from virtwright.providers.exports.reading import ExportReader
from virtwright.providers.exports.sealing import Unseal
from virtwright.providers.exports.writing import ExportWriter


@dataclass(frozen=True, slots=True)
class Origin:
    """What the stack knows of the machine that is saved."""

    stack: str
    """``PROJECT/STACK``."""
    resource: str
    """``vms.db``."""
    inputs: dict[str, Any] = field(default_factory=dict)
    """Fields that its host does not tell, without secrets."""
    networks: Mapping[str, str] = field(default_factory=dict)
    """The stack's names for networks, by their names on the host."""


@dataclass(frozen=True, slots=True)
class Destination:
    """What becomes of a machine that is made from a file."""

    stack: str
    """``PROJECT/STACK``, which will have it."""
    unseal: Unseal
    name: str | None = None
    """On its host. None: as it was called."""
    copy: bool = False
    """Another machine beside the first: with a UUID and MAC addresses of its own."""
    networks: Mapping[str, str] = field(default_factory=dict)
    """Names of networks on the host, by what the file calls them: as on the first host, or in the stack."""
    start: bool = False


@runtime_checkable
class Exports(Protocol):
    """For one host."""

    def export(self, id: str, writer: ExportWriter, origin: Origin, context: Context, *, live: bool) -> None:
        """Save it, and finish the file. One that runs is saved with ``live`` only: as its disks are at one moment. Raises
        ``HostError``."""
        ...

    def rebuild(self, reader: ExportReader, destination: Destination, context: Context) -> str:
        """Make it, and return its id. Nothing is left where it fails; where it was killed, the same file again goes on. Raises
        ``HostError`` where a name, UUID, MAC address or the space is taken, before anything is made."""
        ...

    def rebuilt(self, id: str) -> None:
        """The stack has it now."""
        ...
