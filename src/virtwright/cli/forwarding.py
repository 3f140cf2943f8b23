"""Standard input and output connected with a port that a host reaches: what ssh takes as its ``ProxyCommand``."""

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from virtwright.cli.hosts import NamedHost
from virtwright.errors import HostError, InputError, Where

_CHUNK: Final = 1 << 16
_PATIENCE: Final = 15.0


def forward(named: NamedHost, place: str) -> int:
    """Until one of the two ends. Raises ``VirtwrightError``, where the connection breaks too."""
    address, port = _place(place)
    with _connected(named, address, port) as connection:
        threading.Thread(target=_feed, args=(connection,), name="forward", daemon=True).start()
        try:
            while data := connection.recv(_CHUNK):
                _write(data)
        except ConnectionError as error:
            raise HostError(f"the connection to {address} port {port} broke: {error.strerror or error}") from error
    return 0


def _feed(connection: Any) -> None:
    with suppress(OSError):  # who reads the other way notices that the connection broke, and tells of it
        while data := os.read(sys.stdin.fileno(), _CHUNK):
            connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(sys.stdout.fileno(), data) :]


@contextmanager
def _connected(named: NamedHost, address: str, port: int) -> Iterator[Any]:
    from virtwright.providers.ssh.connection import SshConnection
    from virtwright.providers.ssh.line import ChannelRefusedError
    from virtwright.providers.ssh.resolve import resolve

    if "+ssh://" not in named.host.uri:
        try:
            direct = socket.create_connection((address, port), _PATIENCE)
        except OSError as error:
            raise HostError(f"could not connect to {address} port {port}: {error.strerror or error}") from error
        with direct:
            direct.settimeout(None)
            yield direct
        return
    with SshConnection.open(resolve(named.host)) as ssh:
        try:
            channel = ssh.live().tcp(address, port, time.monotonic() + _PATIENCE)
        except ChannelRefusedError as error:
            more = "its SSH server forwards nothing (AllowTcpForwarding)" if error.prohibited else str(error)
            raise HostError(f"{named.name} did not lead on to {address} port {port}: {more}") from error
        with channel:
            yield channel


def _place(text: str) -> tuple[str, int]:
    address, colon, port = text.rpartition(":")
    if not colon or not port.isdigit():
        raise InputError.one(f"{text!r} is no address and port", where=Where(path="PLACE"), hint="as 10.40.0.10:22")
    return address.removeprefix("[").removesuffix("]"), int(port)
