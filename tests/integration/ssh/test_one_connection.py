"""Two hundred operations over one connection, counted at sshd, however few sessions and unfinished logins it allows."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.ssh_lab import SshServer

from virtwright.providers.ssh.connection import SshConnection
from virtwright.providers.ssh.errors import SshTimeoutError

pytestmark = pytest.mark.root
TIGHT = {"MaxSessions": "2", "MaxStartups": "2"}
OPTIONS = {
    "as Debian has it": {},
    "tight": TIGHT,
    "tight, nothing forwarded": {**TIGHT, "AllowStreamLocalForwarding": "no"},
    "one session, nothing forwarded": {"MaxSessions": "1", "DisableForwarding": "yes"},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS.keys())
def test_many_operations(tmp_path: Path, echo: str, options: dict[str, str]) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"content" * 1000)
    with SshServer(tmp_path / "sshd", options) as server, SshConnection.open(server.target()) as connection:

        def operate(number: int) -> str:
            if number % 10 == 3:
                connection.upload(source, f"{tmp_path}/copy{number}")
                return Path(f"{tmp_path}/copy{number}").read_text()[:7]
            if number % 10 == 6:
                with connection.open_unix(echo, timeout=120) as stream:
                    stream.sendall(b"content")
                    return stream.recv(100).decode().lower()
            if number % 10 == 9:
                with connection.stream(["echo", "content"]) as program:
                    return b"".join(out for out, _ in program.outputs(30)).decode().strip()
            return connection.run(["echo", "content"]).stdout.strip()

        with ThreadPoolExecutor(8) as pool:
            count = 40 if options.get("MaxSessions") == "1" else 200
            assert list(pool.map(operate, range(count))) == ["content"] * count
        assert (server.connections, server.logins) == (1, 1)


def test_who_waits_for_a_session_in_vain_is_told(tmp_path: Path) -> None:
    with (
        SshServer(tmp_path / "sshd", {"MaxSessions": "1"}) as server,
        SshConnection.open(server.target(connect_timeout=4.0)) as connection,
        connection.stream(["sleep", "60"]),
    ):
        started = time.monotonic()
        with pytest.raises(SshTimeoutError, match="runs 1 sessions and allows no more"):
            connection.run(["true"])
        assert time.monotonic() - started < 60
