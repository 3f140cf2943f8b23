"""Who listens on the host's ports already: publishing such a port would steal its traffic without a word."""

import contextlib
import errno
import os
import socket
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from virtwright.errors import HostError
from virtwright.providers.namespace.network.members import Published

_LISTENING: Final = {"tcp": "0A", "udp": "07"}


def check_free(ports: Iterable[Published]) -> None:
    """Raises ``HostError`` for the first port on which a process of the host listens, naming the process."""
    for port in ports:
        for family, address in _places(port):
            if not _can_listen(family, address, port):
                who = _listener(port)
                raise HostError(
                    f"the host's port {port} is in use by {who}",
                    hint="publish another host_port, or stop the program that listens there",
                )


def _places(port: Published) -> Sequence[tuple[int, str]]:
    if port.host_address not in (None, "0.0.0.0", "::"):
        assert port.host_address is not None
        return [(socket.AF_INET6 if ":" in port.host_address else socket.AF_INET, port.host_address)]
    places = [(socket.AF_INET, "0.0.0.0")] if port.address else []
    return places + ([(socket.AF_INET6, "::")] if port.address6 else [])


def _can_listen(family: int, address: str, port: Published) -> bool:
    kind = socket.SOCK_STREAM if port.protocol == "tcp" else socket.SOCK_DGRAM
    with socket.socket(family, kind | socket.SOCK_CLOEXEC) as probe:
        if port.protocol == "tcp":  # a connection that lingers is nobody who listens
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            probe.bind((address, port.host_port))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise HostError(
                    f"the host has no address {address}, so the port {port} can't be published there",
                    hint="leave out host_address, or give one that the host has (see ip address)",
                ) from error
            return error.errno != errno.EADDRINUSE
    return True


def _listener(port: Published) -> str:
    inodes = _inodes(port)
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and _holds(process, inodes):
            with contextlib.suppress(OSError):
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    return "a program of the host"


def _inodes(port: Published) -> set[str]:
    found = set()
    for name in (port.protocol, f"{port.protocol}6"):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/thread-self/net/{name}").read_text().rstrip("\n").split("\n")[1:]:
                fields = line.split()
                if fields[3] == _LISTENING[port.protocol] and int(fields[1].rpartition(":")[2], 16) == port.host_port:
                    found.add(f"socket:[{fields[9]}]")
    return found


def _holds(process: Path, inodes: set[str]) -> bool:
    try:
        return any(os.readlink(descriptor) in inodes for descriptor in (process / "fd").iterdir())  # noqa: PTH115
    except OSError:
        return False
