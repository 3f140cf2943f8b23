"""A real libvirtd for tests, with virtlogd, in namespaces of its own: network, mounts, processes and control groups. Its bridges, guests and
files are seen by nobody else, and all of it ends with one process. It serves QEMU (``uri``), LXC (``lxc_uri``) and libvirt's test driver
(``test_uri``), whose objects live as long as the lab.

The socket is in the lab's folder, so that tests outside can connect; ``lab.folder / "lib"`` is the daemon's ``/var/lib/libvirt``. Guests
are on networks that only ``lab.run`` and ``lab.begin`` reach. What libvirt has found out about QEMU is kept in the machine's own
``/var/cache/libvirt``: it takes ten seconds to find out anew.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import pytest

from tests.private_hosts import JOIN_GROUP, OWN_GROUPS, Shared, child_of, remove_groups
from tests.private_mounts import LET_GO
from tests.waiting import PATIENCE, until
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.schemas.host import Host

SHARED_FOLDER: Final = "/run/shared"
"""Where a daemon takes what is there for a file system that other hosts see too."""
_INIT: Final = f"""
set -e
mount --make-rprivate /
{LET_GO}
{OWN_GROUPS}
while ! [ -f /sys/fs/cgroup/cgroup.controllers ] && umount --lazy /sys/fs/cgroup/unified 2>/dev/null; do
    :  # LXC starts nothing where both versions have controllers
done
mount -t tmpfs none /run
mkdir -p /run/libvirt /run/lock /var/log/libvirt {SHARED_FOLDER}
mount --bind "$1/lib" /var/lib/libvirt
mount --bind "$1/log" /var/log/libvirt
mount --bind "$1/etc" /etc/libvirt
hostname "$(echo "$2" | tr _ x)"
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
touch "$1/ready"
exec tini -s -- sleep 1000000000
"""
_BEGIN: Final = """
for parent in /sys/fs/cgroup /sys/fs/cgroup/*; do
    for group in "$parent/$1/daemons" "$parent/$1"; do
        if [ -w "$group/cgroup.procs" ]; then echo $$ > "$group/cgroup.procs"; break; fi
    done
done
shift
exec "$@"
"""
"""Become a program in the lab's control groups: libvirt makes those of containers beside its own."""
_DAEMON: Final = """
unix_sock_dir = "{folder}"
auth_unix_ro = "none"
auth_unix_rw = "none"
host_uuid = "{uuid}"
log_outputs = "2:file:{folder}/libvirtd.log"
"""
_QEMU: Final = f"""
user = "root"
group = "root"
security_driver = "none"
remember_owner = 0
shared_filesystems = ["{SHARED_FOLDER}"]
"""


class LibvirtLab:
    """One daemon. A context manager; leaving it removes everything, whatever became of the daemon."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="vw-lv-"))
        self.socket = self.folder / "libvirt-sock"
        self.group = self.folder.name
        self._init: subprocess.Popen[bytes] | None = None
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        self._holder: Any = None
        self._pid = 0

    def __enter__(self) -> Self:
        try:
            self._lay_out()
            self._make_namespaces()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def uri(self) -> str:
        """QEMU, as the system's."""
        return f"qemu+unix:///system?socket={self.socket}"

    @property
    def lxc_uri(self) -> str:
        """LXC, as the system's."""
        return f"lxc+unix:///system?socket={self.socket}"

    @property
    def test_uri(self) -> str:
        """libvirt's test driver, which has a host's objects in memory: one machine ``test``, one network, one pool."""
        return f"test+unix:///default?socket={self.socket}"

    @cached_property
    def connection(self) -> LibvirtConnection:
        """virtwright's own, to QEMU."""
        return LibvirtConnection("lab", Host(uri=self.uri))

    @property
    def api(self) -> Any:
        """A ``virConnect`` to QEMU, for asking the daemon without virtwright's handlers."""
        return self.connection.call("ask", lambda libvirt: libvirt)

    @cached_property
    def lxc_connection(self) -> LibvirtConnection:
        return LibvirtConnection("lab", Host(uri=self.lxc_uri))

    @property
    def lxc_api(self) -> Any:
        """A ``virConnect`` to LXC."""
        return self.lxc_connection.call("ask", lambda libvirt: libvirt)

    @cached_property
    def test_connection(self) -> LibvirtConnection:
        return LibvirtConnection("lab", Host(uri=self.test_uri))

    @property
    def test_api(self) -> Any:
        """A ``virConnect`` to the test driver."""
        return self.test_connection.call("ask", lambda libvirt: libvirt)

    @property
    def lib(self) -> Path:
        """The daemon's ``/var/lib/libvirt``."""
        return self.folder / "lib"

    def start(self) -> None:
        """Start the daemons that don't run, and wait until they answer."""
        self._start("virtlogd")
        until("virtlogd listens", lambda: (self.root / "run/libvirt/virtlogd-sock").exists())
        self._start("libvirtd", "--config", str(self.folder / "etc/libvirtd.conf"))
        until("libvirtd listens", self._listens)
        self._holder = self.test_api

    def kill(self, daemon: str = "libvirtd") -> None:
        """kill -9; its guests go on."""
        process = self._daemons.pop(daemon)
        with suppress(ProcessLookupError):
            os.kill(self.daemon_pid(process), signal.SIGKILL)
        process.wait(timeout=PATIENCE)

    def await_end(self) -> None:
        """Of libvirtd, when something else has killed it."""
        self._daemons.pop("libvirtd").wait(timeout=PATIENCE)

    def restart(self) -> None:
        """kill -9 of libvirtd, and start it again. The test driver forgets all."""
        self.kill()
        self.start()

    def end_forgotten_servers(self) -> None:
        """The DHCP servers of networks that don't run. libvirt forgets those of a start in which it was killed: see decision 0465."""
        own = {network.name() for network in self.api.listAllNetworks() if network.isActive()}
        for line in self.run("pgrep", "-af", "dnsmasq --conf-file=", check=False).splitlines():
            pid, _, rest = line.partition(" ")
            if Path(rest.partition("--conf-file=")[2].split()[0]).stem not in own:
                self.run("kill", pid, check=False)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """libvirtd does not answer meanwhile."""
        pid = self.daemon_pid()
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for each in (self._daemons["libvirtd"].pid, pid):  # nsenter stops with what it has started
                os.kill(each, signal.SIGCONT)

    def daemon_pid(self, process: "subprocess.Popen[bytes] | None" = None) -> int:
        """libvirtd, as this process sees it."""
        entered = process or self._daemons["libvirtd"]
        return child_of(entered)

    @property
    def init(self) -> int:
        """Process 1 of the daemon's namespaces, as this process sees it."""
        return self._pid

    @property
    def root(self) -> Path:
        """The daemon's root file system, as it is seen from here."""
        return Path(f"/proc/{self._pid}/root")

    def enter(self) -> list[str]:
        """What to put before a command so that it runs beside the daemon."""
        return ["nsenter", f"--target={self._pid}", "--net", "--uts", "--ipc", "--pid", "--mount", "--cgroup"]

    def run(self, *argv: str, input: bytes | None = None, check: bool = True) -> str:
        """Run a program of the machine beside the daemon: in its network, where its guests are, and its mounts."""
        done = subprocess.run([*self.enter(), *argv], input=input, capture_output=True, check=False, timeout=PATIENCE)
        assert not check or done.returncode == 0, f"{argv}: {done.stdout.decode()} {done.stderr.decode()}"
        return done.stdout.decode(errors="replace")

    def begin(self, *argv: str) -> "subprocess.Popen[str]":
        """Start such a program; the caller ends it."""
        words = [*self.enter(), *argv]
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def sweep(self) -> None:
        """Remove all machines, networks, pools and volumes of every driver, and all files of the pools."""
        for api in (self.lxc_api, self.api, self.test_api):
            sweep_daemon(api)
        for path in (self.folder / "lib/images").glob("*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def log(self) -> str:
        path = self.folder / "libvirtd.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def close(self) -> None:
        """End every process, which ends the namespaces with all mounts and devices; then the rest."""
        for name in ("connection", "lxc_connection", "test_connection"):
            if name in self.__dict__:
                self.__dict__[name].close()
        if self._init is not None:
            with suppress(ProcessLookupError):
                if self._pid:
                    os.kill(self._pid, signal.SIGKILL)  # process 1: the kernel ends all others with it
                else:
                    self._init.kill()
            self._init.wait(timeout=PATIENCE)
        for daemon in self._daemons.values():
            daemon.wait(timeout=PATIENCE)
        remove_groups(self.group)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _lay_out(self) -> None:
        for name in (
            "lib/images",
            "lib/qemu",
            "lib/boot",
            "lib/dnsmasq",
            "lib/lxc",
            "log/qemu",
            "log/lxc",
            "etc/qemu/networks",
            "etc/lxc",
            "etc/storage",
        ):
            (self.folder / name).mkdir(parents=True)
        self.folder.chmod(0o755)  # dnsmasq and guests run as somebody else
        etc = self.folder / "etc"
        (etc / "libvirtd.conf").write_text(_DAEMON.format(folder=self.folder, uuid=uuid.uuid4()))
        (etc / "qemu.conf").write_text(_QEMU)
        (etc / "virtlogd.conf").write_text("")
        shutil.copytree("/etc/libvirt/nwfilter", etc / "nwfilter", dirs_exist_ok=True)

    def _make_namespaces(self) -> None:
        with (self.folder / "init.log").open("wb") as said:
            argv = ["sh", "-c", JOIN_GROUP, "sh", str(self.folder), self.group, _INIT]
            self._init = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=said)
        until("the namespaces are made", self._are_made)
        self._pid = child_of(self._init)

    def _are_made(self) -> bool:
        assert self._init is not None
        assert self._init.poll() is None, (self.folder / "init.log").read_text()
        return (self.folder / "ready").exists()

    def _start(self, name: str, *words: str) -> None:
        if name in self._daemons:
            return
        with (self.folder / f"{name}.said").open("ab") as said:
            argv = ["sh", "-c", _BEGIN, "sh", self.group, *self.enter(), name, *words]
            self._daemons[name] = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def _listens(self) -> bool:
        daemon = self._daemons["libvirtd"]
        assert daemon.poll() is None, (self.folder / "libvirtd.said").read_text() + self.log()[-3000:]
        if not self.socket.exists():
            return False
        with suppress(Exception):
            return bool(self.api.getLibVersion())
        return False


def sweep_daemon(api: Any) -> None:
    """Remove all machines, networks, pools and volumes that a daemon has, but the test driver's own."""
    own = {"test", "default", "default-pool"}  # of the test driver
    keeps = {"QEMU": 1 | 2 | 4 | 16 | 32}.get(api.getType(), 0)  # with saved states, snapshots, NVRAM, TPM
    is_test = api.getType() == "TEST"
    for machine in api.listAllDomains():
        if is_test and machine.name() in own:
            continue
        if machine.isActive():
            machine.destroy()
        with suppress(Exception):  # a transient one is gone
            machine.undefineFlags(keeps)
    for network in api.listAllNetworks():
        if not (is_test and network.name() in own):
            if network.isActive():
                network.destroy()
            with suppress(Exception):
                network.undefine()
    for pool in api.listAllStoragePools():
        if pool.isActive():
            for volume in pool.listAllVolumes():
                volume.delete()
        if not (is_test and pool.name() in own):
            if pool.isActive():
                pool.destroy()
            with suppress(Exception):
                pool.undefine()


SHARED: Final = Shared(LibvirtLab)


@pytest.fixture(scope="session")
def libvirt_daemon() -> LibvirtLab:
    """One daemon for each test process; see ``libvirt_lab`` for a clean one."""
    return SHARED.get()


@pytest.fixture
def libvirt_lab(libvirt_daemon: LibvirtLab) -> Iterator[LibvirtLab]:
    """The daemon with nothing on it."""
    libvirt_daemon.sweep()
    yield libvirt_daemon
    libvirt_daemon.sweep()
