"""Hosts that are reached through others."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.ssh_lab import SshServer, keygen, public

from virtwright.providers.ssh.account import Account
from virtwright.providers.ssh.connection import SshConnection
from virtwright.providers.ssh.errors import HostKeyError, LoginError, SshError
from virtwright.providers.ssh.resolve import Surroundings, resolve
from virtwright.schemas.host import Host

pytestmark = pytest.mark.root


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[SshServer]]:
    """Two to go through, and the one to reach; each knows a key of its own."""
    folder = tmp_path_factory.mktemp("jumps")
    with (
        SshServer(folder / "one") as one,
        SshServer(folder / "two") as two,
        SshServer(folder / "last") as last,
    ):
        yield [one, two, last]


def test_two_hops(servers: list[SshServer]) -> None:
    one, two, last = servers
    target = last.target(jump=two.target(jump=one.target()))
    before = [server.connections for server in servers]
    with SshConnection.open(target) as connection:
        assert connection.run(["sh", "-c", "echo $SSH_CONNECTION"]).stdout.split()[3] == str(last.port)
        with SshConnection.open(two.target(jump=one.target())) as other:
            other.run(["true"])
    assert [server.connections for server in servers] == [number + 1 for number in before]


def test_two_hops_from_a_configuration(servers: list[SshServer], tmp_path: Path) -> None:
    names = ("one", "two", "last")
    config = "".join(
        f"Host {name}\n HostName 127.0.0.1\n Port {server.port}\n User root\n HostKeyAlias {name}\n"
        f" IdentityFile {server.identity}\n"
        for name, server in zip(names, servers, strict=True)
    )
    (tmp_path / "config").write_text(f"{config} ProxyJump one,two\nHost *\n UserKnownHostsFile {tmp_path}/known\n")
    (tmp_path / "known").write_text(
        "".join(f"{name} {public(server.host_key())}\n" for name, server in zip(names, servers, strict=True))
    )
    target = resolve(
        Host(uri="docker+ssh://last"), Surroundings(Account("root", tmp_path), config_files=(tmp_path / "config",))
    )
    with SshConnection.open(target) as connection:
        assert connection.run(["echo", "there"]).stdout == "there\n"


def test_each_hop_is_held_to_its_key(servers: list[SshServer], tmp_path: Path) -> None:
    one, _, last = servers
    hop = one.target(known_hosts=())
    with SshConnection.open(last.target(jump=hop)) as connection, pytest.raises(HostKeyError) as caught:
        connection.connect()
    assert str(hop) in caught.value.message
    stranger = one.target(identity_files=(str(keygen(tmp_path / "key")),))
    with SshConnection.open(last.target(jump=stranger)) as connection, pytest.raises(LoginError) as refused:
        connection.connect()
    assert str(stranger) in refused.value.message


def test_a_hop_that_does_not_lead_on(servers: list[SshServer], tmp_path: Path) -> None:
    one, _, last = servers
    nowhere = replace(last.target(jump=one.target()), port=1, key_name="x")
    with (
        SshConnection.open(nowhere) as connection,
        pytest.raises(SshError, match=r"did not lead on to 127\.0\.0\.1 port 1"),
    ):
        connection.connect()
    with SshServer(tmp_path / "closed", {"AllowTcpForwarding": "no"}) as closed:
        target = last.target(jump=closed.target())
        with SshConnection.open(target) as connection, pytest.raises(SshError, match="AllowTcpForwarding"):
            connection.connect()


def test_a_proxy_command(servers: list[SshServer], tmp_path: Path) -> None:
    relay = Path(__file__).with_name("proxy_program.py")
    last = servers[-1]
    target = last.target(proxy_command=f"python3 {relay} 127.0.0.1 {last.port}")
    with SshConnection.open(target) as connection:
        assert connection.run(["echo", "there"]).stdout == "there\n"
    with (
        SshConnection.open(last.target(proxy_command="exit 1")) as connection,
        pytest.raises(SshError, match=re.escape("closed the connection before it said that it speaks SSH")),
    ):
        connection.connect()
