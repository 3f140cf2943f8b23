"""Bringing up the loopback interface of a new network namespace."""

import fcntl
import socket
import struct

from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.errors import fail

_IFF_UP = 1


def bring_up() -> None:
    """In the caller's network namespace."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            request = fcntl.ioctl(sock, k.SIOCGIFFLAGS, struct.pack("16sH14x", b"lo", 0))
            flags = struct.unpack("16sH14x", request)[1]
            fcntl.ioctl(sock, k.SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))
    except OSError as error:
        fail(error, "bring up the loopback interface")
