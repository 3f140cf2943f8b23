"""A real dockerd for tests, in namespaces of its own: network, mounts and processes, with its own control group, data in
memory and a private socket. Nothing that it does reaches the machine, and all of it ends with one process."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final, Self, TypeVar

import pytest

from tests import image_archives as make
from tests.private_hosts import Shared, child_of, remove_groups
from tests.private_mounts import LET_GO
from tests.waiting import PATIENCE, until
from virtwright.errors import HostError
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.namespace.kernel.calls import setns
from virtwright.providers.namespace.kernel.constants import CLONE_NEWNET
from virtwright.schemas.host import Host

T = TypeVar("T")
APPLETS = ("wget", "rm", "ps", "kill", "grep", "stat", "mount", "ip", "pwd", "nslookup", "test", "tail", "stty", "date")
_CALL = re.compile(r'alling (GET|POST|PUT|DELETE|HEAD) (?:/v[0-9.]+)?(/[^"?]*)')
_ID = re.compile("[0-9a-f]{64}")
_EMPTY_ANSWERS: Final = 3
BUSYBOX = "busybox:lab"
"""An image with a static busybox, made by the lab."""
OTHER = "busybox:two"
"""The same, with ``two`` in ``/etc/release``."""


_GO: Final = {"GOGC": "off", "GOMEMLIMIT": "384MiB", "GOMAXPROCS": "1"}
"""Variables of Go's runtime: a process collects its garbage when it holds so much, not each time when it has as much again, and no second thread looks for
work that the first one has. What dockerd starts by the dozen for each container ends before. See https://go.dev/doc/gc-guide"""


class DockerLab:
    """One engine. A context manager; leaving it removes everything, whatever became of the daemon."""

    built_in: ClassVar[Sequence[str]] = ("bridge", "host", "none")
    """Its own networks."""
    has_layers: ClassVar[bool] = True
    """It lists images that are parts of others."""

    def __init__(self, *options: str) -> None:
        """``options`` are some more of the daemon's; ``{folder}`` in them is the lab's folder."""
        self._options = options
        self.folder = Path(tempfile.mkdtemp(prefix="vw-dk-"))
        self.socket = self.folder / "docker.sock"
        self.group = f"vw-{self.folder.name}"
        self._init: subprocess.Popen[bytes] | None = None
        self._daemon: subprocess.Popen[bytes] | None = None
        self._pid = 0

    def __enter__(self) -> Self:
        try:
            self._make_namespaces()
            self.start()
            self.import_image(BUSYBOX)
            self.import_image(OTHER, files={"etc/release": b"two"})
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def uri(self) -> str:
        return f"docker+unix://{self.socket}"

    @cached_property
    def api(self) -> Any:
        """docker-py's client, for asking the daemon without virtwright's handlers."""
        return self._connection.client

    @cached_property
    def _connection(self) -> DockerConnection:
        return DockerConnection("lab", Host(uri=self.uri))

    def start(self) -> None:
        """Start the daemon, and wait until it answers."""
        folder = self.folder
        (folder / "daemon.json").write_text("{}")
        options = {
            "host": f"unix://{self.socket}", "data-root": folder / "data", "exec-root": "/run/docker",
            "pidfile": "/run/docker.pid", "config-file": folder / "daemon.json", "cgroup-parent": f"/{self.group}",
            "exec-opt": "native.cgroupdriver=cgroupfs", "shutdown-timeout": "2", "storage-driver": "overlay2",
            "seccomp-profile": "unconfined",  # runc would compile a filter for each process that it starts in a container
        }  # fmt: skip
        words = [f"--{name}={value}" for name, value in options.items()]
        words += [each.format(folder=folder) for each in self._options]
        with (folder / "dockerd.log").open("ab") as log:
            self._daemon = subprocess.Popen(
                [*self._enter("--pid", "--mount"), "dockerd", *words],
                stdout=log,
                stderr=log,
                env=os.environ | _GO,
            )
        until("dockerd answers", self._answers)

    def kill(self) -> None:
        """kill -9 of the daemon; its containers' shims go on."""
        assert self._daemon is not None
        (self.folder / "data").stat()
        with suppress(ProcessLookupError):
            os.kill(self.daemon_pid(), signal.SIGKILL)
        self._daemon.wait(timeout=PATIENCE)

    def daemon_pid(self) -> int:
        """As this process sees it."""
        assert self._daemon is not None
        return child_of(self._daemon)

    def run(self, *argv: str, input: bytes | None = None) -> str:
        """Run a program of the machine in the engine's network and mounts."""
        return subprocess.run(
            [*self._enter("--mount"), *argv], input=input, capture_output=True, check=True, timeout=PATIENCE
        ).stdout.decode()

    def execute(self, container: str, *argv: str) -> str:
        """What a command in a container writes, on both streams. dockerd gave nothing of it once: that counts when it does so again."""
        for _ in range(_EMPTY_ANSWERS):
            made = self.api.exec_create(container, [*argv])
            if said := self.api.exec_start(made["Id"]):
                return str(said.decode())
        return ""

    def begin(self, *argv: str) -> "subprocess.Popen[str]":
        """Start such a program; the caller ends it."""
        words = [*self._enter("--mount"), *argv]
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    @property
    def init(self) -> int:
        """Process 1 of the engine's namespaces, as this process sees it."""
        return self._pid

    def inside(self, work: Callable[[], T]) -> T:
        """What ``work`` gives on a thread in the engine's network. What it opens stays there."""

        def enter() -> T:
            with Path(self.netns()).open("rb") as network:
                setns(network.fileno(), CLONE_NEWNET)
            return work()

        with ThreadPoolExecutor(1) as threads:
            return threads.submit(enter).result()

    def netns(self) -> str:
        return f"/proc/{self._pid}/ns/net"

    def import_image(
        self, reference: str, changes: Sequence[str] = (), files: Mapping[str, bytes] | None = None
    ) -> str:
        """Make an image of busybox, with a Dockerfile's instructions; returns its id."""
        entries = [*make.busybox_entries(), *(make.symlink(f"bin/{name}", "busybox") for name in APPLETS)]
        entries += [make.entry(path, data) for path, data in (files or {}).items()]
        name, _, tag = reference.partition(":")
        self.api.import_image_from_data(make.tar(entries), repository=name, tag=tag, changes=list(changes))
        return str(self.api.inspect_image(reference)["Id"])

    def sweep(self) -> None:
        """Remove all containers, networks and volumes, and the images that tests have made."""
        for each in self.api.containers(all=True):
            with suppress(Exception):
                self.api.unpause(each["Id"])
            self.api.remove_container(each["Id"], force=True, v=True)
        self.run("rm", "-rf", "/run/virtwright")
        for each in self.api.networks():
            if each["Name"] not in self.built_in:
                self.api.remove_network(each["Id"])
        for each in self.api.volumes()["Volumes"] or ():
            self.api.remove_volume(each["Name"], force=True)
        for each in self.api.images(all=self.has_layers):
            if not self.is_own(each):
                with suppress(Exception):
                    self.api.remove_image(each["Id"], force=True)

    @staticmethod
    def is_own(image: Mapping[str, Any]) -> bool:
        """Whether an image, as it is listed, is one that stays for all tests: they are called ``busybox:...``."""
        return any(tag.startswith("busybox:") for tag in image["RepoTags"] or ())

    @contextmanager
    def counted(self) -> Iterator[Counter[str]]:
        """The calls of the API meanwhile, by method and path with ``ID`` in the place of one: there when it is over."""
        self._debug(True)
        calls, before = Counter[str](), len(self.log())
        yield calls
        for method, path in _CALL.findall(self.log()[before:]):
            calls[f"{method} {_ID.sub('ID', path)}"] += 1
        self._debug(False)

    def _debug(self, wanted: bool) -> None:
        """Whether the daemon writes each call into its log."""
        (self.folder / "daemon.json").write_text(json.dumps({"debug": wanted}))
        before = len(self.log())
        os.kill(self.daemon_pid(), signal.SIGHUP)
        until("the daemon has read its settings", lambda: "Reloaded configuration" in self.log()[before:])

    def log(self) -> str:
        return (self.folder / "dockerd.log").read_text(errors="replace")

    def close(self) -> None:
        """End every process, which ends the namespaces with all mounts and devices; then the rest."""
        self._connection.close()
        if self._init is not None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)  # process 1: the kernel ends all others with it
            self._init.wait(timeout=PATIENCE)
        if self._daemon is not None:
            self._daemon.wait(timeout=PATIENCE)
        remove_groups(self.group)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make_namespaces(self) -> None:
        data = self.folder / "data"
        data.mkdir()
        (self.folder / "ready").unlink(missing_ok=True)
        script = f"mount --make-rprivate / && {LET_GO}; mount -t tmpfs none /run && mount -t tmpfs none {data}" \
                 f" && ip link set lo up && touch {self.folder}/ready && exec tini -s -- sleep 1000000000"  # fmt: skip
        argv = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--mount", "--pid", "--uts", "--ipc", "--fork",
                "--kill-child", "--mount-proc", "sh", "-c", script]  # fmt: skip
        self._init = subprocess.Popen(argv, stderr=subprocess.DEVNULL)
        until("the namespaces are made", lambda: (self.folder / "ready").exists())
        self._pid = child_of(self._init)

    def _enter(self, *more: str) -> list[str]:
        return ["nsenter", f"--target={self._pid}", "--net", "--uts", "--ipc", *more]

    def _answers(self) -> bool:
        assert self._daemon is not None
        assert self._daemon.poll() is None, self.log()[-3000:]
        if not self.socket.exists():
            return False
        try:
            return bool(self._connection.call("ping", lambda client: client.ping()))
        except HostError:
            return False


SHARED: Final = Shared(DockerLab)


@pytest.fixture(scope="session")
def docker_engine() -> DockerLab:
    """One engine for each test process; see ``docker_lab`` for a clean one."""
    return SHARED.get()


@pytest.fixture
def docker_lab(docker_engine: DockerLab) -> Iterator[DockerLab]:
    """The engine with nothing on it but its own image."""
    docker_engine.sweep()
    yield docker_engine
    docker_engine.sweep()
