"""Questions to the kernel about the containers of one runtime root, without asking virtwright.

What looks at every process or group of the machine does so without ``pathlib``, which would take ten times as long: each test asks some times.
"""

import hashlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from virtwright.providers.namespace.kernel import calls
from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.network.netns import inside, opened

CGROUPS = Path("/sys/fs/cgroup")
_TICKS = os.sysconf("SC_CLK_TCK")


def group_parents() -> list[Path]:
    """Where the groups of containers lie, in each hierarchy of the machine."""
    places = [f"{CGROUPS}/virtwright", *(f"{CGROUPS}/{name}/virtwright" for name in names_in(str(CGROUPS)))]
    return [Path(place) for place in places if os.path.isdir(place)]  # noqa: PTH112


def group_name(folder: str) -> str:
    return f"{folder.rpartition('/')[2]}-{hashlib.sha256(folder.encode()).hexdigest()[:8]}"


def pids() -> Iterator[int]:
    return map(int, filter(str.isdecimal, names_in("/proc")))


def names_in(folder: str) -> list[str]:
    """None where it is gone."""
    with suppress(OSError):
        return os.listdir(folder)  # noqa: PTH208
    return []


def read(path: str | Path) -> str:
    """Empty where it is gone."""
    with suppress(OSError), open(path, "rb", buffering=0) as file:  # noqa: PTH123
        return file.readall().decode(errors="replace")
    return ""


def now() -> int:
    """Ticks from the boot."""
    return int(time.clock_gettime(time.CLOCK_BOOTTIME) * _TICKS)


def started(pid: int) -> int:
    """Ticks from the boot to the start of a process (proc_pid_stat(5), field 22); 0 where it has ended."""
    fields = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return int(fields[19]) if fields else 0


def links_of(pid: int) -> list[str]:
    """Where a process is and what it holds open."""
    found = []
    for link in ("cwd", "root", *(f"fd/{number}" for number in names_in(f"/proc/{pid}/fd"))):
        with suppress(OSError):
            found.append(os.readlink(f"/proc/{pid}/{link}"))  # noqa: PTH115
    return found


def devices() -> list[dict[str, Any]]:
    """The network devices of this thread's namespace, but for the loopback."""
    text = subprocess.run(["ip", "-j", "-d", "link"], capture_output=True, text=True, check=True).stdout
    return [each for each in json.loads(text or "[]") if each["ifname"] != "lo"]


def tables() -> list[str]:
    """The packet filter's tables in this thread's network namespace."""
    return subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True).stdout.splitlines()


def filter_rules() -> str:
    """All that the packet filter holds in this thread's network namespace."""
    return subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout


def thaw(group: str) -> None:
    """Let a frozen group go on, so that its processes can be killed."""
    for parent in group_parents():
        for name, value in (("freezer.state", "THAWED"), ("cgroup.freeze", "0")):
            with suppress(OSError):
                if (parent / group / name).exists():
                    (parent / group / name).write_text(value)


@dataclass(frozen=True)
class Running:
    """One running container or machine, found by its control group."""

    pid: int
    """Its process 1, as the host sees it."""
    group: str

    @property
    def started(self) -> str:
        """Ticks from the boot to the start of process 1. Empty where it has ended."""
        return str(started(self.pid) or "")

    @property
    def life(self) -> str:
        return f"{self.pid}@{self.started}"

    @property
    def program(self) -> int:
        """The process that runs the command: process 1, or its first child."""
        children = read(Path(f"/proc/{self.pid}/task/{self.pid}/children")).split()
        title = read(Path(f"/proc/{self.pid}/cmdline"))
        return int(children[0]) if children and "virtwright" in title else self.pid

    def proc(self, name: str) -> str:
        return read(Path(f"/proc/{self.program}/{name}"))

    def file(self, path: str) -> str:
        """A file, as it is seen inside."""
        return read(Path(f"/proc/{self.pid}/root{path}"))

    def limit(self, *names: str) -> str:
        """The first of the control group's files that there is: v1 and v2 name them differently."""
        for parent in group_parents():
            for name in names:
                if (text := read(parent / self.group / name).strip()) != "":
                    return text
        raise AssertionError(f"no {' or '.join(names)}")

    def mount(self, point: str) -> str | None:
        """The options of the mount at ``point`` inside."""
        for line in self.proc("mountinfo").splitlines():
            if line.split()[4] == point:
                return line.split()[5]
        return None

    def in_network(self, command: list[str]) -> str:
        """What a program of the host says when it looks at the container's network."""
        with opened(Path(f"/proc/{self.pid}/ns/net")) as namespace, inside(namespace):
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def room(self) -> int:
        """Bytes of the file system that its layer lies on, as its overlay tells."""
        found = os.statvfs(f"/proc/{self.pid}/root")
        return found.f_blocks * found.f_frsize

    def hostname(self) -> str:
        command = ["nsenter", f"--uts=/proc/{self.pid}/ns/uts", "hostname"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def uid(self) -> int:
        """The user that its program runs as, in the terms of its own user namespace."""
        outer = int(next(line for line in self.proc("status").splitlines() if line.startswith("Uid:")).split()[1])
        for line in self.proc("uid_map").splitlines():
            inner, start, length = map(int, line.split())
            if start <= outer < start + length:
                return inner + outer - start
        raise AssertionError(f"no map for {outer}")

    def capabilities(self) -> int:
        """The bounding set."""
        return int(next(line for line in self.proc("status").splitlines() if line.startswith("CapBnd:")).split()[1], 16)


def reaches(address: str, port: int) -> bool:
    """Whether a TCP connection from this thread's network namespace is taken."""
    try:
        with socket.create_connection((address, port), timeout=0.5):
            return True
    except OSError:
        return False


def join_network(path: str) -> None:
    """Move this process, which has one thread, into a network namespace."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    calls.setns(descriptor, k.CLONE_NEWNET)
    os.close(descriptor)
