"""Real hosts for tests: ``examples/lab``, applied by the command line. Each has its own address, SSH server, dockerd and libvirtd.

Take the fixture ``host_lab``; it is started when a test first asks for it, once for each worker, and is destroyed at the
end. What a test makes on the hosts it takes away again: the next test gets the same ones.
"""

import contextlib
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.e2e.operator_lab import Operator
from virtwright.process import Completed, run
from virtwright.providers.namespace import supervisor
from virtwright.providers.namespace.cgroups import delegation
from virtwright.providers.namespace.cgroups.group import detect

EXAMPLE: Final = Path(__file__).parents[1] / "examples/lab"
START: Final = "/var/lib/cloud/scripts/per-boot/10-host"
"""Starts those daemons of a host that don't run, and waits until they answer."""
_ENTER: Final = 'for file in $GROUPS_OF_HOST; do echo 0 > "$file"; done; exec nsenter --target "$LEADER" --all -- "$@"'


@dataclass(frozen=True)
class LabHost:
    """One host of the lab."""

    name: str
    address: str
    ssh_key: Path
    """The private key that may log in as root."""
    known_hosts: Path
    """A file with the keys of all hosts of the lab."""
    folder: Path
    """The machine's folder in the runtime."""

    @property
    def docker_uri(self) -> str:
        return f"docker+ssh://root@{self.address}"

    @property
    def libvirt_uri(self) -> str:
        return f"qemu+ssh://root@{self.address}/system"

    @property
    def leader(self) -> int:
        """Process 1 of the host, as this machine sees it."""
        process = supervisor.status(self.folder).process
        assert process is not None, f"{self.name} does not run"
        return process.pid

    @property
    def root(self) -> Path:
        """The host's root file system, seen from here."""
        return Path(f"/proc/{self.leader}/root")

    @property
    def docker_socket(self) -> Path:
        """The host's Docker, without SSH."""
        return self.root / "run/docker.sock"

    @property
    def libvirt_socket(self) -> Path:
        return self.root / "run/libvirt/libvirt-sock"

    def run(
        self, argv: Sequence[str], *, input: str | None = None, check: bool = True, timeout: float = 120
    ) -> Completed:
        """A program on the host, as its root, without SSH."""
        name = supervisor.status(self.folder).cgroup
        env = {"LEADER": str(self.leader), "GROUPS_OF_HOST": " ".join(delegation.entrances(detect(), name))}
        return run(["sh", "-c", _ENTER, "sh", *argv], env=env, input=input, check=check, timeout=timeout)

    def sh(self, script: str, *, check: bool = True, timeout: float = 120) -> str:
        """What a shell on the host writes."""
        return self.run(["sh", "-ec", script], check=check, timeout=timeout).stdout

    def ssh(self, *argv: str, timeout: float = 120) -> Completed:
        """A command by the OpenSSH client, which knows the lab's keys and nothing else."""
        options = ["BatchMode=yes", "IdentitiesOnly=yes", f"UserKnownHostsFile={self.known_hosts}"]
        words = [word for option in options for word in ("-o", option)]
        own = ["ssh", "-F", "none", "-i", str(self.ssh_key), *words]
        return run([*own, f"root@{self.address}", "--", *argv], timeout=timeout)

    def pids(self, daemon: str) -> list[str]:
        return self.run(["pidof", daemon], check=False).stdout.split()


@dataclass(frozen=True)
class HostLab:
    """The hosts, and what can happen to them."""

    operator: Operator
    hosts: tuple[LabHost, ...]
    started_in: float
    """Seconds."""

    @contextlib.contextmanager
    def cut(self, host: LabHost) -> Iterator[None]:
        """Pull the host's network cable, and put it back."""
        index = host.sh("cat /sys/class/net/eth0/iflink").strip()
        (device,) = [
            path.name for path in Path("/sys/class/net").iterdir() if (path / "ifindex").read_text().strip() == index
        ]
        run(["ip", "link", "set", "dev", device, "down"])
        try:
            yield
        finally:
            run(["ip", "link", "set", "dev", device, "up"])

    def kill_daemon(self, host: LabHost, daemon: str) -> None:
        """SIGKILL; returns when it is gone."""
        host.run(["kill", "-KILL", *host.pids(daemon)])
        while host.pids(daemon):
            time.sleep(0.01)

    def start_daemons(self, host: LabHost) -> None:
        """Start those that don't run; returns when all answer."""
        host.run([START], timeout=120)


def prepare(place: Path) -> tuple[Operator, Path]:
    """Somebody with the example and a key in ``place``. Whatever happens, call ``operator.sweep``."""
    operator = Operator.at(place)
    shutil.copytree(EXAMPLE, operator.folder, dirs_exist_ok=True)
    key = place / "id_ed25519"
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(key)])
    return operator, key


def start(place: Path) -> HostLab:
    """Apply the example in ``place``. Afterwards call ``destroy``; where this raises, nothing runs."""
    began = time.monotonic()
    operator, key = prepare(place)
    try:
        operator.type("apply", "--yes", *config(operator, key))
        return HostLab(operator, hosts(operator, key), time.monotonic() - began)
    except BaseException:
        operator.sweep()
        raise


def config(operator: Operator, key: Path) -> list[str]:
    """The options that apply and plan need."""
    values = {
        "host": f"namespace://{operator.runtime.path}",
        "authorized_key": key.with_suffix(".pub").read_text().strip(),
    }
    return [word for name, value in values.items() for word in ("--config", f"{name}={value}")]


def hosts(operator: Operator, key: Path) -> tuple[LabHost, ...]:
    """Those that an apply has made."""
    known = operator.folder.parent / "known_hosts"
    folders = operator.machines()
    addresses = operator.type("output", "addresses").out.split()
    made = []
    for index, address in enumerate(addresses):
        name = f"host-{index}"
        made.append(LabHost(name, address, key, known, folders[name]))
    known.write_text((made[0].root / "srv/shared/lab/known_hosts").read_text())
    return tuple(made)


def destroy(lab: HostLab) -> None:
    """By the command line; by force where that fails."""
    try:
        lab.operator.destroy()
    finally:
        lab.operator.sweep()


@contextlib.contextmanager
def host_lab_in(place: Path) -> Iterator[HostLab]:
    lab = start(place)
    print(f"the lab's {len(lab.hosts)} hosts took {lab.started_in:.1f} s to start")
    try:
        yield lab
    finally:
        destroy(lab)
