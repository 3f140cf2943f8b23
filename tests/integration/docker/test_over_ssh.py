"""A Docker engine behind a real sshd: one connection, however many calls; streams that are taken over; clear errors."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from tests.accounts import pretend
from tests.docker_lab import BUSYBOX, DockerLab
from tests.ssh_lab import USER, SshServer
from tests.waiting import until

from virtwright.cli.command_line import run
from virtwright.errors import HostError
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import UnreachableError
from virtwright.providers.docker.provider import DockerProvider
from virtwright.providers.ssh.errors import HostKeyError, SshError
from virtwright.schemas.host import Host
from virtwright.schemas.model import to_properties

pytestmark = pytest.mark.root
TIGHT = {"MaxSessions": "2", "MaxStartups": "2"}
OPTIONS = {
    "as Debian has it": {},
    "tight": TIGHT,
    "tight, nothing forwarded": {**TIGHT, "DisableForwarding": "yes"},
}


def _host(server: SshServer, socket: Path | str, user: str = "root", **ssh: Any) -> Host:
    uri = f"docker+ssh://{user}@127.0.0.1:{server.port}{socket}"
    known = {"known_hosts": str(server.known_hosts), "identity_file": str(server.identity)}
    return Host.model_validate({"uri": uri, "ssh": {**known, **ssh}})


@contextmanager
def _engine(server: SshServer, socket: Path | str, **more: Any) -> Iterator[DockerConnection]:
    connection = DockerConnection("it", _host(server, socket, **more))
    try:
        yield connection
    finally:
        connection.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, docker_engine: DockerLab) -> Iterator[SshServer]:
    with SshServer(tmp_path_factory.mktemp("sshd") / "it") as server:
        yield server


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS.keys())
def test_two_hundred_calls_are_one_connection(docker_lab: DockerLab, tmp_path: Path, options: dict[str, str]) -> None:
    with SshServer(tmp_path / "sshd", options) as server, _engine(server, docker_lab.socket) as engine:
        made = engine.client.create_container(BUSYBOX, ["sleep", "60"], name="one")["Id"]
        engine.client.start(made)

        def operate(number: int) -> object:
            if number % 20 == 5:
                run = engine.client.exec_create(made, ["echo", "there"])["Id"]
                return engine.call("run a command", lambda client: client.exec_start(run)) == b"there\n"
            if number % 20 == 15:
                pieces, _ = engine.client.get_archive(made, "/bin/busybox")
                return sum(len(piece) for piece in pieces) > 1_000_000
            return engine.call("look", lambda client: client.inspect_container(made))["Id"] == made

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(operate, range(200)))
        assert (server.connections, server.logins) == (1, 1)


def test_streams_that_are_taken_over(docker_lab: DockerLab, server: SshServer) -> None:
    with _engine(server, docker_lab.socket) as engine:
        client = engine.client
        talker = client.create_container(BUSYBOX, ["sh", "-c", "for i in 1 2 3; do echo $i; sleep 0.2; done"])["Id"]
        client.start(talker)
        assert b"".join(client.logs(talker, stream=True, follow=True)) == b"1\n2\n3\n"
        assert client.wait(talker)["StatusCode"] == 0
        cat = client.create_container(BUSYBOX, ["cat"], stdin_open=True, tty=True)["Id"]
        client.start(cat)
        taken = client.attach_socket(cat, params={"stdin": 1, "stdout": 1, "stream": 1})
        taken._sock.settimeout(120)
        taken._sock.sendall(b"hello\n")
        assert taken._sock.recv(7) == b"hello\r\n"
        taken._response.close()
        taken.close()
        for _ in range(6):
            run = client.exec_create(cat, ["sh", "-c", "echo quick"])["Id"]
            assert client.exec_start(run) == b"quick\n"


def test_the_engine_is_used_again_after_a_cut(docker_lab: DockerLab, tmp_path: Path) -> None:
    with SshServer(tmp_path / "sshd") as server, _engine(server, docker_lab.socket) as engine:
        assert engine.call("ask", lambda client: client.version())
        server.cut()
        until("it is reached again", lambda: _answers(engine))  # a call before the cut is noticed fails
        assert server.connections == 2


def _answers(engine: DockerConnection) -> bool:
    with suppress(HostError):
        return bool(engine.call("ask", lambda client: client.version()))
    return False


def test_what_is_wrong_is_said(docker_lab: DockerLab, server: SshServer, tmp_path: Path) -> None:
    with _engine(server, "/no/such.sock") as engine, pytest.raises(UnreachableError, match="No such file") as missing:
        engine.call("ask", lambda client: client.version())
    assert "is the daemon running there?" in (missing.value.hint or "")
    # The engine's folder is root's alone, as the socket of a machine is root's and its group's.
    with _engine(server, docker_lab.socket, user=USER) as engine, pytest.raises(UnreachableError) as denied:
        engine.call("ask", lambda client: client.version())
    assert f"usermod -aG docker {USER}" in (denied.value.hint or "") or "No such file" in denied.value.message
    stranger = _engine(server, docker_lab.socket, known_hosts=str(tmp_path / "none"))
    with stranger as engine, pytest.raises(HostKeyError, match="not known"):
        engine.call("ask", lambda client: client.version())
    nobody = _engine(server, docker_lab.socket, port=1)
    with nobody as engine, pytest.raises(SshError, match="Connection refused"):
        engine.call("ask", lambda client: client.version())


def test_a_check_of_the_host(docker_lab: DockerLab, server: SshServer) -> None:
    provider = DockerProvider.open("it", _host(server, docker_lab.socket))
    try:
        facts = {fact.name: fact.value for fact in provider.facts()}
    finally:
        provider.close()
    assert f"root@127.0.0.1:{server.port}" in facts["SSH"] and "OpenSSH" in facts["SSH"]
    assert "SHA256:" in facts["host key"]
    assert facts["login"] == "root"
    assert facts["socket"] == f"{docker_lab.socket}, open to root"
    assert facts["engine"].startswith("Docker ")
    folder = docker_lab.folder / "data"
    free, _, place = facts["free disk"].partition("GiB below ")
    assert float(free) > 0 and place == str(folder)
    unreachable = DockerProvider.open("it", _host(server, docker_lab.socket, port=1))
    with pytest.raises(HostError, match="Connection refused"):
        unreachable.facts()


def test_an_apply_is_one_connection_from_its_plan_to_its_end(
    docker_lab: DockerLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VIRTWRIGHT_HOME", str(tmp_path / "home"))
    with SshServer(tmp_path / "sshd", TIGHT) as server:
        web = {"image": BUSYBOX, "command": ["sleep", "1000"], "stop_timeout": "0s", "networks": ["back"]}
        host = to_properties(_host(server, docker_lab.socket))
        stack = {
            "stack": "far",
            "hosts": {"it": {"uri": host["uri"], "ssh": {name: value for name, value in host["ssh"].items() if value}}},
            "networks": {"back": {}},
            "containers": {f"c{number}": web for number in range(3)},
        }
        (tmp_path / "stack.yaml").write_text(json.dumps(stack))
        assert run(["apply", "--yes", str(tmp_path / "stack.yaml")]) == 0, capsys.readouterr()
        assert len(docker_lab.api.containers()) == 3
        assert (server.connections, server.logins) == (1, 1)
        assert run(["destroy", "--yes", str(tmp_path / "stack.yaml")]) == 0, capsys.readouterr()
        assert (server.connections, server.logins) == (2, 2)


def test_a_whole_host_is_taken_over_by_its_uri_alone(
    docker_lab: DockerLab,
    server: SshServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What else there is to know about the way there, ``ssh_config`` has."""
    (tmp_path / ".ssh").mkdir(mode=0o700)
    settings = f"Host 127.0.0.1\n  IdentityFile {server.identity}\n  UserKnownHostsFile {server.known_hosts}\n"
    (tmp_path / ".ssh" / "config").write_text(settings)
    pretend(monkeypatch, tmp_path)
    monkeypatch.setenv("VIRTWRIGHT_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    client = docker_lab.api
    client.start(client.create_container(BUSYBOX, ["sleep", "1000"], name="theirs")["Id"])
    before = client.inspect_container("theirs")
    uri = f"docker+ssh://root@127.0.0.1:{server.port}{docker_lab.socket}"
    assert run(["import", "--all", uri, "--name", "old", "--yes"]) == 0, capsys.readouterr()
    assert run(["plan", "--exit-code", "old.yaml"]) == 0, capsys.readouterr()
    assert client.inspect_container("theirs") == before
