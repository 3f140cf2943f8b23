"""What the command line asks the launcher for, and how that travels from process to process."""

import pickle
import socket
import struct
from dataclasses import dataclass
from typing import Final

from virtwright.providers.namespace.sandbox.spec import SandboxSpec

GO: Final = b"g"
"""What is said, down the same way, when all is ready around a container: its program may begin."""
_LENGTH: Final = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Request:
    """Start one container."""

    spec: SandboxSpec
    group: str
    """Name of its control group."""
    warnings: tuple[str, ...] = ()
    """Protections that are missing, for its status."""

    def packed(self) -> bytes:
        return pickle.dumps(self)

    @classmethod
    def unpacked(cls, data: bytes) -> "Request":
        """Only for what this very program has packed: unpickling runs code."""
        request = pickle.loads(data)
        assert isinstance(request, cls)
        return request


def send(link: socket.socket, packed: bytes, *fds: int) -> None:
    """Send a request and file descriptors. Raises ``OSError`` where nobody is there to take it."""
    socket.send_fds(link, [_LENGTH.pack(len(packed))], fds)
    link.sendall(packed)


def receive(link: socket.socket) -> tuple[bytes, list[int]] | None:
    """The next request, still packed, with the file descriptors that came with it; None where the other side is gone."""
    head, fds, _, _ = socket.recv_fds(link, _LENGTH.size, 3)
    if len(head) < _LENGTH.size:
        return None
    (left,) = _LENGTH.unpack(head)
    parts = []
    while left:
        part = link.recv(min(left, 1 << 20))
        if not part:
            return None
        parts.append(part)
        left -= len(part)
    return b"".join(parts), fds
