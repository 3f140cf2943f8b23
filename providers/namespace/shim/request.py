"""What the command line asks the launcher for."""

from dataclasses import dataclass

from virtwright.providers.namespace.sandbox.spec import SandboxSpec


@dataclass(frozen=True, slots=True)
class Request:
    """Start one container."""

    spec: SandboxSpec
    group: str
    """Name of its control group."""
    warnings: tuple[str, ...] = ()
    """Protections that are missing, for its status."""
