"""What the command line asks the launcher for, and how that travels from process to process."""

import pickle
import socket
import struct
from typing import Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.namespace.sandbox.spec import SandboxSpec

GO: Final = b"g"
"""What is said, down the same way, when all is ready around a container: its program may begin."""
_HEAD: Final = struct.Struct("<Q??")
"""The length of the packed request, and which of ``Means`` come with it."""


@dataclass(frozen=True, slots=True)
class Means:
    """What every start of a container needs, as file descriptors."""

    userns: int | None = None
    """Its user namespace, which mounts are mapped by; None: no id map."""
    mask: int | None = None
    """The layer that hides what is the host's own (``mask_layer``); None for a container with its own image."""


@dataclass(frozen=True, slots=True)
class Request:
    """Start one container."""

    spec: SandboxSpec
    group: str
    """Name of its control group."""
    first_id: int
    """The host's id that its id 0 becomes, where it has a user namespace."""
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


_NOTHING: Final = Means()


def send(link: socket.socket, packed: bytes, means: Means = _NOTHING) -> None:
    """Send a request and what it needs. Raises ``OSError`` where nobody is there to take it."""
    fds = [fd for fd in (means.userns, means.mask) if fd is not None]
    socket.send_fds(link, [_HEAD.pack(len(packed), means.userns is not None, means.mask is not None)], fds)
    link.sendall(packed)


def receive(link: socket.socket) -> tuple[bytes, Means] | None:
    """The next request, still packed, with what it needs; None where the other side is gone."""
    head, fds, _, _ = socket.recv_fds(link, _HEAD.size, 2)
    if len(head) < _HEAD.size:
        return None
    left, has_userns, has_mask = _HEAD.unpack(head)
    given = iter(fds)
    means = Means(next(given) if has_userns else None, next(given) if has_mask else None)
    parts = []
    while left:
        part = link.recv(min(left, 1 << 20))
        if not part:
            return None
        parts.append(part)
        left -= len(part)
    return b"".join(parts), means
