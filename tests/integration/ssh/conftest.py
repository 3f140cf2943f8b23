"""One sshd for most tests of a worker; whoever needs another configuration starts one."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ssh_lab import SshServer

from virtwright.providers.ssh.connection import SshConnection


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with SshServer(tmp_path_factory.mktemp("sshd") / "it", host_keys=("ed25519", "ecdsa", "rsa")) as server:
        yield server


@pytest.fixture
def connection(server: SshServer) -> Iterator[SshConnection]:
    with SshConnection.open(server.target()) as connection:
        yield connection


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[str]:
    """A unix socket that sends back, in capitals, what it was sent until its end."""
    path = str(tmp_path / "echo")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen(64)

        def serve() -> None:
            while True:
                try:
                    wire, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(wire,), daemon=True).start()

        def answer(wire: socket.socket) -> None:
            with wire, contextlib.suppress(OSError):  # who asked may be gone
                while data := wire.recv(65536):
                    wire.sendall(data.upper())

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield path
        server.shutdown(socket.SHUT_RDWR)
        thread.join(120)
