"""What commands and files cost over SSH. Run: python benchmarks/ssh_commands.py (as root: it starts an sshd of its own)

The floors are measured in the same run: bare paramiko on a socket with TCP_NODELAY, one session for each command; the ``ssh`` program with
ControlMaster; one remote shell that is fed all commands at once; ``ssh cat >`` for a file.
"""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parent.parent))

import paramiko
from tests.ssh_lab import SshServer

from virtwright.providers.ssh.connection import SshConnection

COMMANDS: Final = 200
ROUNDS: Final = 3
MEBIBYTES: Final = 64
MANY: Final = {"MaxSessions": "100"}
"""The bare client is refused otherwise: a session that was closed counts for a moment more."""


def seconds(work: Callable[[], object]) -> float:
    """The best of a few rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def bare_transport(server: SshServer) -> paramiko.Transport:
    wire = socket.create_connection(("127.0.0.1", server.port))
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    transport = paramiko.Transport(wire)
    transport.start_client()
    transport.auth_publickey("root", paramiko.PKey.from_path(server.identity))
    return transport


def bare_command(transport: paramiko.Transport) -> None:
    channel = transport.open_session()
    channel.exec_command("true")
    channel.recv_exit_status()
    channel.close()


def openssh(server: SshServer, *more: str) -> list[str]:
    known = ["-o", f"UserKnownHostsFile={server.known_hosts}", "-o", "BatchMode=yes", "-i", str(server.identity)]
    return ["ssh", "-F", "none", *known, "-p", str(server.port), *more, "root@127.0.0.1"]


def measure(server: SshServer, folder: Path) -> list[tuple[str, float, float]]:
    """What was done, the seconds that it took, and the floor's."""
    transport = bare_transport(server)
    shell = [*openssh(server), "sh"]
    master = openssh(
        server, "-o", "ControlMaster=auto", "-o", f"ControlPath={folder}/control", "-o", "ControlPersist=60"
    )
    big = folder / "big"
    big.write_bytes(bytes(range(256)) * 4096 * MEBIBYTES)

    def cat() -> None:
        with big.open("rb") as source:
            subprocess.run([*openssh(server), f"cat > {folder}/floor"], stdin=source, check=True)

    with SshConnection.open(server.target()) as connection, ThreadPoolExecutor(8) as pool:
        one = seconds(lambda: [connection.run(["true"]) for _ in range(COMMANDS)])
        eight = seconds(lambda: list(pool.map(lambda _: connection.run(["true"]), range(COMMANDS))))
        upload = seconds(lambda: connection.upload(big, f"{folder}/up"))
        dialled = seconds(lambda: _dial(server))
        bare_dialled = seconds(lambda: bare_transport(server).close())
        bare = seconds(lambda: [bare_command(transport) for _ in range(COMMANDS)])
        bare_eight = seconds(lambda: list(pool.map(lambda _: bare_command(transport), range(COMMANDS))))
    lines = "/bin/true\n" * COMMANDS
    fed = seconds(lambda: subprocess.run(shell, input=lines, text=True, check=True))
    many = seconds(lambda: [subprocess.run([*master, "true"], check=True) for _ in range(COMMANDS)])
    subprocess.run([*master[:-1], "-O", "exit", master[-1]], capture_output=True, check=False)
    transport.close()
    return [
        ("connect and log in; bare paramiko", dialled, bare_dialled),
        (f"{COMMANDS} commands; bare paramiko", one, bare),
        (f"{COMMANDS} commands; ssh, ControlMaster", one, many),
        (f"{COMMANDS} commands; all fed to one shell", one, fed),
        (f"{COMMANDS} commands, 8 threads; bare paramiko", eight, bare_eight),
        (f"upload {MEBIBYTES} MiB, verified; ssh cat", upload, seconds(cat)),
    ]


def _dial(server: SshServer) -> None:
    with SshConnection.open(server.target(connect_timeout=14.0)) as connection:
        connection.connect()


def main() -> int:
    if shutil.which("sshd", path="/usr/sbin:/sbin") is None:
        print("skipped: sshd is not installed (Debian: openssh-server)")
        return 0
    with tempfile.TemporaryDirectory() as folder, SshServer(Path(folder) / "sshd", MANY) as server:
        print(f"{'what; floor':<48}{'seconds':>9}{'floor':>9}{'ratio':>8}")
        for what, ours, floor in measure(server, Path(folder)):
            print(f"{what:<48}{ours:>9.3f}{floor:>9.3f}{ours / floor:>8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
