"""A real sshd for tests: on a port of its own, with accounts of its own, writing only into its folder.

It runs in a mount namespace where its folder is also ``/run/lab``, which every account can reach, and whose ``/etc/passwd``, ``/etc/group`` and ``/etc/shadow`` are the test's: the machine's accounts are
neither used nor touched, and passwords work.
"""

import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, Self

from tests.ports import free_port
from tests.private_mounts import LET_GO
from tests.waiting import PATIENCE
from virtwright.providers.ssh.target import SshTarget

PASSWORD: Final = "correct horse"
USER: Final = "guest"
"""An account without rights; root is the other one. Both have the password."""
_GUEST_ID: Final = 61234
_START: Final = f"""
set -e
{LET_GO}
mount -t tmpfs none /run
mkdir -m 755 /run/sshd /run/lab
mount --bind "$1" /run/lab
for name in passwd group shadow; do mount --bind "$1/etc/$name" "/etc/$name"; done
exec /usr/sbin/sshd -D -f "$1/sshd_config" -E "$1/log"
"""


def keygen(path: Path, kind: str = "ed25519", *options: str, passphrase: str = "") -> Path:
    size = ["-b", "2048"] if kind == "rsa" else []  # the default takes seconds to find
    argv = ["ssh-keygen", "-q", "-t", kind, *size, "-N", passphrase, "-C", path.name, *options, "-f", str(path)]
    subprocess.run(argv, check=True, capture_output=True, timeout=120)
    return path


def public(path: Path) -> str:
    """Type and key of the key whose private half is at ``path``."""
    return " ".join(path.with_name(path.name + ".pub").read_text().split()[:2])


@dataclass
class SshServer:
    """A context manager. ``options`` are lines of ``sshd_config``."""

    folder: Path
    options: Mapping[str, str] = field(default_factory=dict)
    host_keys: Sequence[str] = ("ed25519",)
    port: int = field(default_factory=free_port)
    place: Sequence[str] = ()
    """What to put before its command, so that it runs elsewhere: ``nsenter``."""

    def __enter__(self) -> Self:
        self._lay_out()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        argv = [
            *self.place,
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "/bin/sh",
            "-c",
            _START,
            "sh",
            str(self.folder),
        ]
        (self.folder / "log").write_text("")
        with (self.folder / "said").open("wb") as said:
            self._daemon = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        end = time.monotonic() + PATIENCE
        while "Server listening" not in self.log:
            if self._daemon.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError(f"sshd did not start: {(self.folder / 'said').read_text()} {self.log}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Ends the daemon and the connections that it serves."""
        children = _descendants(self._daemon.pid)
        self._daemon.terminate()
        self._daemon.wait(timeout=PATIENCE)
        for child in children:
            _end(child)

    def cut(self) -> None:
        """Ends every connection, not the daemon."""
        for child in _descendants(self._daemon.pid):
            _end(child)

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def connections(self) -> int:
        """How many connections it was asked for."""
        return len(re.findall(r"^Connection from ", self.log, re.MULTILINE))

    @property
    def logins(self) -> int:
        return len(re.findall(r"^Accepted (?:publickey|password|keyboard)", self.log, re.MULTILINE))

    @cached_property
    def identity(self) -> Path:
        """A private key that both accounts accept."""
        path = keygen(self.folder / "identity")
        self.authorize(path)
        return path

    def authorize(self, key: Path, options: str = "") -> None:
        with (self.folder / "authorized").open("a") as file:
            file.write(f"{options} {public(key)}\n".lstrip())

    def host_key(self, kind: str = "ed25519") -> Path:
        return self.folder / f"host_{kind}"

    @property
    def known_hosts(self) -> Path:
        path = self.folder / "known_hosts"
        if not path.exists():
            name = f"[127.0.0.1]:{self.port}"
            path.write_text("".join(f"{name} {public(self.host_key(kind))}\n" for kind in self.host_keys))
        return path

    def target(self, **changes: object) -> SshTarget:
        """Logs in as root with the key, knowing the host."""
        values: dict[str, object] = {
            "host": "127.0.0.1",
            "user": "root",
            "port": self.port,
            "known_hosts": (str(self.known_hosts),),
            "identity_files": (str(self.identity),),
            "keepalive": 0.0,
        }
        return SshTarget(**{**values, **changes})  # type: ignore[arg-type]

    def _lay_out(self) -> None:
        (self.folder / "etc").mkdir(parents=True)
        (self.folder / "authorized").touch(0o644)
        home = self.folder / "home"
        home.mkdir()
        guest_home = self.folder / "guest"
        guest_home.mkdir()
        os.chown(guest_home, _GUEST_ID, _GUEST_ID)
        for kind in self.host_keys:
            keygen(self.host_key(kind), kind)
        self._write_accounts(home, guest_home)
        lines = {
            "Port": str(self.port),
            "ListenAddress": "127.0.0.1",
            "PidFile": "none",
            "AuthorizedKeysFile": "/run/lab/authorized",
            "StrictModes": "no",
            "UsePAM": "no",
            "PermitRootLogin": "yes",
            "PerSourcePenalties": "no",
            "PasswordAuthentication": "no",
            "KbdInteractiveAuthentication": "no",
            "LogLevel": "VERBOSE",
            "Subsystem": "sftp internal-sftp",
            **self.options,
        }
        text = "".join(f"{key} {value}\n" for key, value in lines.items())
        keys = "".join(f"HostKey {self.host_key(kind)}\n" for kind in self.host_keys)
        (self.folder / "sshd_config").write_text(keys + text)

    def _write_accounts(self, home: Path, guest_home: Path) -> None:
        system = [line for line in Path("/etc/passwd").read_text().splitlines() if not line.startswith("root:")]
        accounts = [
            f"root:x:0:0:root:{home}:/bin/bash",
            f"{USER}:x:{_GUEST_ID}:{_GUEST_ID}:guest:/run/lab/{guest_home.name}:/bin/bash",
            *system,
        ]
        argv = ["openssl", "passwd", "-6", "-stdin"]
        digest = subprocess.run(argv, input=PASSWORD, capture_output=True, text=True, check=True).stdout.strip()
        etc = self.folder / "etc"
        (etc / "passwd").write_text("\n".join(accounts) + "\n")
        (etc / "group").write_text(Path("/etc/group").read_text() + f"{USER}:x:{_GUEST_ID}:\n")
        (etc / "shadow").write_text("".join(f"{name}:{digest}:19000:0:99999:7:::\n" for name in ("root", USER)))
        (etc / "shadow").chmod(0o600)


def _descendants(pid: int) -> list[int]:
    found = []
    with suppress(OSError):  # it may end meanwhile
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in task.read_text().split():
                found += [int(child), *_descendants(int(child))]
    return found


def _end(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return
