"""Containers with a network, one after another: through the handlers, against the floor and against Docker.

The floor is the least that the kernel must be asked for, by raw system calls and hand-made netlink messages: a process in
five new namespaces, a veth cable from a bridge, an address and a route, an overlay as root, and the program. It keeps no
record, sets no limit, writes no log and can't be found again. All are measured in turn in one run, so that what else the
machine does falls on each alike.
"""

import ctypes
import json
import os
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.support.private_docker import private_docker, why_missing
from tests.container_lab import ContainerLab, container_lab

COUNT: Final = int(os.environ.get("COUNT", "100"))
TARGET: Final = 40.0
"""Milliseconds for each container, over 100 in a row."""
PROGRAM: Final = ["/bin/sleep", "1000"]

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET = (
    0x20000,
    0x4000000,
    0x8000000,
    0x20000000,
    0x40000000,
)
MS_REC_PRIVATE, MNT_DETACH, SYS_PIVOT_ROOT = 0x4000 | 0x40000, 2, 155 if os.uname().machine == "x86_64" else 41


def ok(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Netlink:
    """Just enough rtnetlink: see rtnetlink(7)."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)

    def ask(self, kind: int, flags: int, body: bytes) -> None:
        self._socket.send(struct.pack("=IHHII", 16 + len(body), kind, 5 | flags, 1, 0) + body)
        error = struct.unpack_from("=i", self._socket.recv(65536), 16)[0]
        if error:
            raise OSError(-error, os.strerror(-error))

    def veth(self, name: str, master: int, pid: int) -> None:
        peer = _link(0) + _attribute(3, b"eth0\0") + _attribute(19, struct.pack("=I", pid))
        info = _attribute(1, b"veth\0") + _attribute(2, _attribute(1, peer))
        attributes = _attribute(3, name.encode() + b"\0") + _attribute(10, struct.pack("=I", master))
        self.ask(16, 0x600, _link(0, up=True) + attributes + _attribute(18, info))

    def up(self, index: int) -> None:
        self.ask(16, 0, _link(index, up=True))

    def address(self, index: int, address: str, prefix: int) -> None:
        data = socket.inet_aton(address)
        self.ask(20, 0x600, struct.pack("=BBBBI", 2, prefix, 0, 0, index) + _attribute(2, data) + _attribute(1, data))

    def default_route(self, gateway: str) -> None:
        self.ask(
            24, 0x600, struct.pack("=BBBBBBBBI", 2, 0, 0, 0, 254, 4, 0, 1, 0) + _attribute(5, socket.inet_aton(gateway))
        )

    def close(self) -> None:
        self._socket.close()


def _link(index: int, *, up: bool = False) -> bytes:
    return struct.pack("=BxHiII", 0, 0, index, int(up), int(up))


def _attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


class Floor:
    """The raw system calls, once for each container."""

    def __init__(self, folder: Path, bridge: str) -> None:
        self._folder = folder
        self._bridge = socket.if_nametoindex(bridge)
        self._netlink = Netlink()
        self._pids: list[int] = []

    def start(self, number: int) -> None:
        own = self._folder / str(number)
        for name in ("upper", "work", "root"):
            (own / name).mkdir(parents=True)
        born_read, born = os.pipe()
        cabled, cabled_write = os.pipe()
        ready, ready_write = os.pipe2(os.O_CLOEXEC)
        pid = os.fork()
        if pid == 0:
            self._become(own, number, born, cabled, ready_write)
        for fd in (born, cabled, ready_write):
            os.close(fd)
        self._pids.append(int(os.read(born_read, 16)))
        self._netlink.veth(f"floor{number}", self._bridge, self._pids[-1])
        os.write(cabled_write, b"x")
        os.read(ready, 1)  # closed by exec
        for fd in (born_read, cabled_write, ready):
            os.close(fd)
        os.waitpid(pid, 0)

    def _become(self, own: Path, number: int, born: int, cabled: int, ready: int) -> None:
        try:
            ok(libc.unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET))
            if (child := os.fork()) != 0:
                os.write(born, str(child).encode())
                os._exit(0)
            os.read(cabled, 1)
            netlink = Netlink()
            index = socket.if_nametoindex("eth0")
            netlink.up(1)
            netlink.up(index)
            netlink.address(index, f"10.99.{number // 200}.{number % 200 + 2}", 16)
            netlink.default_route("10.99.0.1")
            socket.sethostname(f"floor{number}")
            ok(libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None))
            options = f"lowerdir=/,upperdir={own}/upper,workdir={own}/work".encode()
            ok(libc.mount(b"overlay", bytes(own / "root"), b"overlay", 0, options))
            os.chdir(own / "root")
            ok(libc.mount(b"proc", b"proc", b"proc", 0, None))
            ok(libc.syscall(SYS_PIVOT_ROOT, b".", b"."))
            ok(libc.umount2(b".", MNT_DETACH))
            os.chdir("/")
            os.execv(PROGRAM[0], PROGRAM)
        except BaseException as error:  # noqa: BLE001  a fork must not return
            os.write(2, f"the floor failed: {error}\n".encode())
        finally:
            os._exit(1)

    def close(self) -> None:
        self._netlink.close()
        for pid in self._pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


class Docker:
    """``docker run -d`` of the same program from a tiny image on Docker's default network."""

    def __init__(self, closing: ExitStack) -> None:
        busybox = shutil.which("busybox")
        self._client = ["docker"]
        self._names: list[str] = []
        self.missing = "busybox is not installed" if busybox is None else self._find(closing)
        if self.missing or busybox is None:
            return
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "bin").mkdir()
            shutil.copy(busybox, Path(folder) / "bin/busybox")
            (Path(folder) / "bin/sleep").symlink_to("busybox")
            tar = subprocess.run(["tar", "-C", folder, "-c", "."], capture_output=True, check=True).stdout
            argv = [*self._client, "import", "-", "virtwright-benchmark"]
            subprocess.run(argv, input=tar, capture_output=True, check=True)
        closing.callback(self.close)

    def _find(self, closing: ExitStack) -> str:
        """A daemon that runs, or one of our own where that is asked for; else why there is none."""
        if (
            shutil.which("docker")
            and not subprocess.run(["docker", "info"], capture_output=True, check=False).returncode
        ):
            return ""
        if not (missing := why_missing()):
            self._client = closing.enter_context(private_docker())
        return missing

    def start(self, number: int) -> None:
        self._names.append(f"virtwright-benchmark-{number}")
        argv = [*self._client, "run", "-d", "--name", self._names[-1], "virtwright-benchmark", *PROGRAM]
        subprocess.run(argv, capture_output=True, check=True)

    def close(self) -> None:
        if self._names:
            subprocess.run([*self._client, "rm", "-f", *self._names], capture_output=True, check=False)
            subprocess.run([*self._client, "rmi", "virtwright-benchmark"], capture_output=True, check=False)


class Runtime:
    """virtwright's own handlers."""

    def __init__(self, lab: ContainerLab) -> None:
        self._lab = lab
        self._goal = lab.checked("Container", image="host", command=PROGRAM, networks=["test-back"], stop_timeout="0s")

    def start(self, number: int) -> None:
        stamp = self._lab.stamp("Container", f"c{number}")
        self._lab.handler("Container").create(stamp, self._goal, self._lab.context)


def timed(work: Callable[[int], None], number: int) -> float:
    started = time.perf_counter()
    work(number)
    return (time.perf_counter() - started) * 1000


def main() -> None:
    with ExitStack() as closing:
        lab = closing.enter_context(container_lab())
        network = lab.create("Network", "back", cidr="10.99.0.0/16")
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        floor, docker, runtime = Floor(folder, network.bridge), Docker(closing), Runtime(lab)
        closing.callback(floor.close)
        rows: dict[str, Callable[[int], None]] = {"floor": floor.start, "virtwright": runtime.start}
        if not docker.missing:
            rows["docker run"] = docker.start
        times: dict[str, list[float]] = {name: [] for name in rows}
        for number in range(COUNT):
            for name, start in rows.items():
                times[name].append(timed(start, number))
        show(times, docker.missing)


def show(times: dict[str, list[float]], docker_missing: str) -> None:
    base = statistics.mean(times["floor"])
    results: dict[str, Any] = {"count": COUNT, "target_ms": TARGET}
    print(f"{COUNT} containers with a network, one after another (load {os.getloadavg()[0]:.1f})")
    for name, values in times.items():
        mean, median = statistics.mean(values), statistics.median(values)
        print(
            f"  {name:12} {mean:7.1f} ms each, median {median:6.1f}, fastest {min(values):6.1f}, slowest {max(values):6.1f}, {mean / base:5.1f} x floor"
        )
        results[name] = {"mean_ms": mean, "median_ms": median, "fastest_ms": min(values), "times_floor": mean / base}
    if docker_missing:
        print(f"  docker run   not measured: {docker_missing}")
    if "--json" in sys.argv:
        print(json.dumps(results))
    met = statistics.mean(times["virtwright"]) <= TARGET
    print(f"  target {TARGET:g} ms: {'met' if met else 'MISSED'}")


if __name__ == "__main__":
    main()
