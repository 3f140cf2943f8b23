"""Commands, files and streams over one connection."""

import os
import socket
import time
from pathlib import Path

import pytest
from tests.ssh_lab import USER, SshServer

from virtwright.errors import HostError, InputError
from virtwright.providers.ssh.connection import SshConnection
from virtwright.providers.ssh.errors import SshError, SshTimeoutError

pytestmark = pytest.mark.root


def test_a_command(connection: SshConnection) -> None:
    done = connection.run(
        ["sh", "-c", 'printf "%s|" "$@"; echo oops >&2; exit 3', "sh", "a b", "$(id)", "'", "\n"], check=False
    )
    assert (done.status, done.stdout, done.stderr) == (3, "a b|$(id)|'|\n|", "oops\n")
    assert connection.run(["cat"]).stdout == ""
    assert connection.run(["cat"], input="it's\n%s\\n").stdout == "it's\n%s\\n"
    assert connection.run(["wc", "-c"], input="\0" * 200_000).stdout.strip() == "200000"
    assert connection.run(["true"], input="x" * 200_000).status == 0
    both = connection.run(["sh", "-c", "head -c 5000000 /dev/zero | tr '\\0' e >&2; echo out"])
    assert (both.stdout, len(both.stderr)) == ("out\n", 5_000_000)


def test_a_command_that_fails(connection: SshConnection) -> None:
    with pytest.raises(
        HostError, match=r"ls failed on root@127\.0\.0\.1:\d+ \(exit status 2\): .*No such file"
    ) as caught:
        connection.run(["ls", "/no/such"])
    assert "ssh -p" in (caught.value.hint or "")
    with pytest.raises(HostError, match="not found"):
        connection.run(["no-such-program"])
    with pytest.raises(HostError, match="exit status 127"):
        connection.run(["exit"])
    with pytest.raises(InputError):
        connection.run(["-x"])


def test_a_command_that_takes_too_long_is_ended(connection: SshConnection, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    with pytest.raises(SshTimeoutError, match=r"gave up after 300ms on root@.*sleep 60"):
        connection.run(["sh", "-c", f"echo $$ > {pid}; exec sleep 60"], timeout=0.3)
    end = time.monotonic() + 120
    while Path(f"/proc/{pid.read_text().strip()}").exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert not Path(f"/proc/{pid.read_text().strip()}").exists()
    assert connection.run(["echo", "next"]).stdout == "next\n"


def test_start_up_files_are_paid_once_and_not_heard(server: SshServer) -> None:
    home = server.folder / "home"
    (home / ".bashrc").write_text(f"echo noise; echo louder >&2; echo started >> {home}/starts\n")
    try:
        with SshConnection.open(server.target(connect_timeout=14.0)) as connection:
            for _ in range(5):
                done = connection.run(["echo", "word"])
                assert (done.stdout, done.stderr) == ("word\n", "")
            assert (home / "starts").read_text() == "started\n"
    finally:
        (home / ".bashrc").unlink()


def test_a_program_with_its_streams(connection: SshConnection) -> None:
    with connection.stream(["sh", "-c", 'read line; echo "got $line"; echo err >&2; exit 4']) as program:
        program.write(b"something\n")
        pieces = list(program.outputs(10))
        assert b"".join(out for out, _ in pieces) == b"got something\n"
        assert b"".join(err for _, err in pieces) == b"err\n"
        assert program.wait(120) == 4
    with connection.stream(["tty"], terminal=("xterm", 80, 24)) as program:
        assert b"/dev/pts/" in b"".join(out for out, _ in program.outputs(10))
        assert program.wait(120) == 0


def test_a_program_that_is_left_is_ended(connection: SshConnection, tmp_path: Path) -> None:
    with connection.stream(["sh", "-c", f"echo $$ > {tmp_path}/pid; echo up; sleep 60"]) as program:
        assert next(program.outputs(10)) == (b"up\n", b"")
    pid = (tmp_path / "pid").read_text().strip()
    assert not Path(f"/proc/{pid}").exists()


def test_what_is_sent_too_late_for_one_program_reaches_no_other(connection: SshConnection) -> None:
    """The host gives the number of a closed channel to the next one."""
    transport = connection.live().line.transport
    with connection.stream(["true"]) as program:
        list(program.outputs(10))
    over = program.channel
    end = time.monotonic() + 120
    while not over.closed:
        assert time.monotonic() < end
        time.sleep(0.01)
    others = [connection.stream(["sleep", "60"]) for _ in range(3)]
    assert over.remote_chanid in [other.channel.remote_chanid for other in others]
    over.eof_sent = False
    over.shutdown_write()
    transport.signal(over, "KILL")
    assert connection.run(["echo", "still"]).stdout == "still\n"
    for other in others:
        with pytest.raises(SshTimeoutError), other:
            other.wait(0.2)


def test_files_there_and_back(connection: SshConnection, tmp_path: Path) -> None:
    source, back = tmp_path / "source", tmp_path / "back"
    source.write_bytes(os.urandom(1_000_001))
    there = str(tmp_path / "there $(x) 'y'")
    seen: list[tuple[int, int]] = []
    digest = connection.upload(source, there, mode=0o640, progress=lambda done, size: seen.append((done, size)))
    assert connection.download(there, back) == digest
    assert back.read_bytes() == source.read_bytes()
    assert Path(there).stat().st_mode & 0o7777 == 0o640
    assert seen[-1] == (1_000_001, 1_000_001) and seen == sorted(seen)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["back", "source", "there $(x) 'y'"]


def test_transfers_that_fail_leave_nothing(connection: SshConnection, server: SshServer, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_text("new")
    with pytest.raises(HostError, match=r"could not upload /no/such/file on root@.*: No such file"):
        connection.upload(source, "/no/such/file")
    with pytest.raises(HostError, match=r"could not download /no/such on root@.*: No such file"):
        connection.download("/no/such", tmp_path / "back")
    with pytest.raises(InputError, match="can't be read"):
        connection.upload(tmp_path / "missing", "/tmp/x")
    with (
        SshConnection.open(server.target(user=USER)) as guest,
        pytest.raises(HostError, match="Permission denied"),
    ):
        guest.upload(source, "/run/lab/home/file")
    with connection.sftp("list the folder") as client:
        assert sorted(client.listdir(str(tmp_path))) == ["source"]


@pytest.mark.parametrize("forwarding", ["yes", "no", "helper"])
def test_a_unix_socket(tmp_path: Path, server: SshServer, echo: str, forwarding: str) -> None:
    helper = ["python3", "-c", _HELPER, echo] if forwarding == "helper" else None
    options = {} if forwarding == "yes" else {"AllowStreamLocalForwarding": "no"}
    with SshServer(tmp_path / "sshd", options) as other, SshConnection.open(other.target()) as connection:
        with connection.open_unix(echo, helper=helper) as stream:
            stream.settimeout(120)
            stream.sendall(b"x" * 1_000_000)
            assert stream.makefile("rb").read(1_000_000) == b"X" * 1_000_000
        with connection.open_unix(echo, helper=helper) as stream:
            stream.settimeout(0.2)
            with pytest.raises(TimeoutError):
                stream.recv(1)
            stream.settimeout(120)
            stream.sendall(b"to the end")
            stream.shutdown(socket.SHUT_WR)
            assert stream.makefile("rb").read() == b"TO THE END"
        assert other.connections == 1


_HELPER = """
import os, socket, sys, threading
wire = socket.socket(socket.AF_UNIX); wire.connect(sys.argv[1])
def send():
    while data := os.read(0, 65536): wire.sendall(data)
    wire.shutdown(socket.SHUT_WR)
threading.Thread(target=send, daemon=True).start()
while data := wire.recv(65536): os.write(1, data)
"""


@pytest.mark.parametrize("forwarding", ["yes", "no"])
def test_a_unix_socket_that_can_not_be_had(tmp_path: Path, server: SshServer, echo: str, forwarding: str) -> None:
    closed = str(tmp_path / "closed")
    with socket.socket(socket.AF_UNIX) as nobody:
        nobody.bind(closed)
    with SshServer(tmp_path / "sshd", {"AllowStreamLocalForwarding": forwarding}) as other:
        with SshConnection.open(other.target()) as connection:
            for path, words in (("/no/such", "No such file"), (closed, "refused"), ("/etc/passwd", "not a socket")):
                with pytest.raises(SshError, match=f"can't open its socket {path}: .*{words}"):
                    connection.open_unix(path)
        private = other.folder / "private"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(private))
            listener.listen()
            private.chmod(0o600)
            with (
                SshConnection.open(other.target(user=USER)) as guest,
                pytest.raises(SshError, match="Permission denied"),
            ):
                guest.open_unix("/run/lab/private")


def test_equal_targets_share_a_connection(tmp_path: Path) -> None:
    with SshServer(tmp_path / "sshd") as server:
        with SshConnection.open(server.target()) as one:
            with SshConnection.open(server.target()) as other:
                assert other is one
                other.run(["true"])
            one.run(["true"])
            assert server.connections == 1
        with SshConnection.open(server.target()) as later:
            later.run(["true"])
        assert server.connections == 2
