"""What is said of something that is saved as a whole in one file, and made again from it."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.exports.sealing import Unseal


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
