"""What operations offer besides, for what can be entered: by a serial console, or by SSH."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


class Duplex(Protocol):
    """A stream of bytes in both directions. Reading and writing go on side by side, each on one thread."""

    def read(self) -> bytes:
        """Waits for something; empty at the end."""
        ...

    def write(self, data: bytes) -> None: ...

    def close(self) -> None:
        """Ends it, a ``read`` that waits too."""
        ...


@runtime_checkable
class HasConsole(Protocol):
    """For what has a serial console."""

    def console(self, id: str, use: Callable[[Duplex], None], *, force: bool) -> None:
        """Open it, and call ``use`` with it on a thread of its own; returns when that has. ``force`` takes it away from
        somebody else. Raises ``HostError``."""
        ...


@dataclass(frozen=True, slots=True)
class Login:
    """How something is reached by SSH."""

    address: str
    behind: bool = False
    """It may be reached from its host alone, which itself is reached over SSH."""
    user: str | None = None
    """Who exists there in any case; None where nobody knows."""


@runtime_checkable
class HasLogin(Protocol):
    """For machines with an address."""

    def login(self, id: str) -> Login:
        """Raises ``HostError`` where it has no address, or does not run."""
        ...

    def runs_commands(self, id: str) -> bool:
        """Whether ``execute`` reaches inside without SSH."""
        ...
