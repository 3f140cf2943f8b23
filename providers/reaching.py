"""What is said of ways in: a serial console, and SSH."""

from typing import Protocol

from virtwright.lazy_dataclasses import dataclass


class Duplex(Protocol):
    """A stream of bytes in both directions. Reading and writing go on side by side, each on one thread."""

    def read(self) -> bytes:
        """Waits for something; empty at the end."""
        ...

    def write(self, data: bytes) -> None: ...

    def close(self) -> None:
        """Ends it, a ``read`` that waits too."""
        ...


@dataclass(frozen=True, slots=True)
class Login:
    """How something is reached by SSH."""

    address: str
    behind: bool = False
    """It may be reached from its host alone, which itself is reached over SSH."""
    user: str | None = None
    """Who exists there in any case; None where nobody knows."""
