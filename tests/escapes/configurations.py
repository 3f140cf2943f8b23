"""What a stack can ask for: each is a sandbox in which all probes are tried."""

from dataclasses import dataclass, field
from typing import Any, Final

from virtwright.providers.namespace.kernel.capabilities import DEFAULT, NAMES


@dataclass(frozen=True, slots=True)
class Configuration:
    name: str
    fields: dict[str, Any] = field(default_factory=dict)
    """Of the sandbox's spec."""
    mapped: bool = True
    """Its root is not the host's."""


CONTAINER: Final = Configuration("container")
UNMAPPED: Final = Configuration("user_namespace: false", {"user_namespace": False}, mapped=False)
MACHINE: Final = Configuration("machine", {"init": "system"})
UNMAPPED_MACHINE: Final = Configuration(
    "machine, user_namespace: false", {"init": "system", "user_namespace": False}, mapped=False
)
PRIVILEGED: Final = Configuration("privileged machine", {"init": "system", "privileged": True}, mapped=False)
CAPABILITIES: Final = tuple(
    Configuration(name, {"capabilities": (name,)}, mapped=False) for name in NAMES if name not in DEFAULT
)
ALL: Final = (CONTAINER, UNMAPPED, MACHINE, UNMAPPED_MACHINE, *CAPABILITIES, PRIVILEGED)
