"""Lines that break, stay silent, or lead to something else."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.bad_line import BadLine
from tests.ports import free_port
from tests.ssh_lab import SshServer
from tests.waiting import until

from virtwright.providers.ssh.connection import SshConnection
from virtwright.providers.ssh.errors import LineBrokenError, SshError, SshTimeoutError

pytestmark = pytest.mark.root


@pytest.fixture
def bad(server: SshServer) -> Iterator[BadLine]:
    with BadLine(server.port) as line:
        yield line


@contextmanager
def _through(server: SshServer, line: BadLine, **changes: object) -> Iterator[SshConnection]:
    name = f"[127.0.0.1]:{server.port}"
    with SshConnection.open(server.target(port=line.port, key_name=name, **changes)) as connection:
        yield connection


@contextmanager
def _listener(says: bytes, *, hang_up: bool) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []

        def answer() -> None:
            wire, _ = server.accept()
            taken.append(wire)
            wire.sendall(says)
            if hang_up:
                wire.close()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(120)
        for wire in taken:
            wire.close()


def _fails(server: SshServer, port: int, kind: type[SshError], words: str, timeout: float = 120) -> float:
    started = time.monotonic()
    target = server.target(port=port, connect_timeout=timeout)
    with SshConnection.open(target) as connection, pytest.raises(kind, match=words):
        connection.connect()
    return time.monotonic() - started


def test_what_is_no_ssh_server(server: SshServer) -> None:
    with _listener(b"HTTP/1.0 400 Bad Request\r\n" * 200, hang_up=True) as port:
        _fails(server, port, SshError, "is no SSH server$")
    with _listener(b"", hang_up=True) as port:
        _fails(server, port, SshError, "closed the connection before it said that it speaks SSH")
    target = server.target(port=free_port())
    with SshConnection.open(target) as connection, pytest.raises(SshError, match="Connection refused") as refused:
        connection.connect()
    assert "as 127.0.0.1:2222" in str(refused.value.hint)


def test_a_banner_that_does_not_come(server: SshServer) -> None:
    with _listener(b"", hang_up=False) as port:
        taken = _fails(server, port, SshTimeoutError, "did not say within 600ms that it speaks SSH", 0.6)
    assert taken < 60
    with _listener(b"SSH-2.0-slow\r\n", hang_up=False) as port:
        taken = _fails(server, port, SshTimeoutError, "agreed on no encryption within 600ms", 0.6)
    assert taken < 60


def test_a_name_that_leads_nowhere(server: SshServer) -> None:
    target = server.target(host="no-such-host.invalid")
    with SshConnection.open(target) as connection, pytest.raises(SshError, match="leads to no address"):
        connection.connect()


def test_a_cut_upload_is_done_again(server: SshServer, bad: BadLine, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "folder" / "target"
    source.write_bytes(bytes(range(256)) * 12_000)
    target.parent.mkdir()
    target.write_text("old")
    seen: list[str] = []
    with _through(server, bad) as connection:
        connection.connect()
        bad.cut_after = 1_000_000
        connection.upload(source, str(target), progress=lambda done, size: seen.append(target.read_text("latin1")[:3]))
        assert bad.connections == 2
    assert target.read_bytes() == source.read_bytes()
    assert set(seen) == {"old"}
    assert [path.name for path in target.parent.iterdir()] == ["target"]


def test_an_upload_that_is_cut_for_good_leaves_what_was_there(server: SshServer, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(bytes(3_000_000))
    target.write_text("old")
    with BadLine(server.port) as line, _through(server, line) as connection:
        connection.connect()

        def cut(done: int, size: int) -> None:
            line.cut_after = 0

        with pytest.raises(LineBrokenError, match=r"the connection to .* broke"):
            connection.upload(source, str(target), progress=cut)
    assert target.read_text() == "old"


def test_a_command_that_may_have_run_is_not_repeated(server: SshServer, bad: BadLine, tmp_path: Path) -> None:
    count = tmp_path / "count"
    slow = ["sh", "-c", f"echo once >> {count}; test $(wc -l < {count}) = 3 || sleep 60"]
    with _through(server, bad) as connection:
        connection.run(["true"])
        _cut_after(bad, count, 1)
        with pytest.raises(LineBrokenError, match="whether the operation happened there is not known") as caught:
            connection.run(slow)
        assert caught.value.sent
        assert count.read_text() == "once\n"
        _cut_after(bad, count, 2)
        connection.run(slow, repeatable=True)
        assert bad.connections == 3


def _cut_after(bad: BadLine, count: Path, lines: int) -> None:
    """Cut the line as soon as ``count`` has that many."""

    def cut() -> None:
        until("the command runs", lambda: count.exists() and count.read_text().count("\n") >= lines)
        bad.cut()

    threading.Thread(target=cut).start()


def _cut_unused(bad: BadLine, connection: SshConnection) -> None:
    transport = connection.live().line.transport
    bad.cut()
    until("it is noticed", lambda: not transport.is_active())


def test_a_line_that_broke_unused_is_made_again(server: SshServer, bad: BadLine) -> None:
    with _through(server, bad) as connection:
        for number in (1, 2, 3):
            assert connection.run(["echo", "there"]).stdout == "there\n"
            assert bad.connections == number
            _cut_unused(bad, connection)


def test_many_threads_have_one_line_made_again(server: SshServer, bad: BadLine) -> None:
    with _through(server, bad) as connection:
        connection.connect()
        _cut_unused(bad, connection)
        said: list[str] = []
        threads = [threading.Thread(target=lambda: said.append(connection.run(["echo", "x"]).stdout)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert said == ["x\n"] * 6
        assert bad.connections == 2


@pytest.mark.parametrize("use", ["command", "unix"])
def test_a_half_open_line_is_noticed(server: SshServer, bad: BadLine, tmp_path: Path, use: str) -> None:
    with (
        _through(server, bad, keepalive=1.0, keepalive_count=3) as connection,
        socket.socket(socket.AF_UNIX) as listener,
    ):
        connection.run(["true"])
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        stream = connection.open_unix(str(tmp_path / "s"))
        bad.swallows.set()
        started = time.monotonic()
        if use == "command":
            with pytest.raises(LineBrokenError, match=r"has been silent for \d+"):
                connection.run(["true"], timeout=100)
        else:
            with pytest.raises(ConnectionResetError, match="has been silent"):
                stream.recv(1)
        assert time.monotonic() - started < 60
        bad.swallows.clear()
        assert connection.run(["echo", "again"]).stdout == "again\n"


def test_a_quiet_line_that_answers_is_kept(server: SshServer, bad: BadLine) -> None:
    with _through(server, bad, keepalive=1.0, keepalive_count=4) as connection:
        connection.run(["sleep", "6"])
        time.sleep(5)
        connection.run(["true"])
        assert bad.connections == 1
