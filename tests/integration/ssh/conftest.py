"""One sshd for most tests of a worker; whoever needs another configuration starts one."""

from collections.abc import Iterator

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
