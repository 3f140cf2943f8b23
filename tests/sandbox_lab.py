"""Sandboxes for tests: a supervisor of their own, a small root file system of busybox, and nothing left afterwards."""

import contextlib
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from virtwright.providers.context import Context
from virtwright.providers.namespace.cgroups.group import Group, detect
from virtwright.providers.namespace.inside import enter
from virtwright.providers.namespace.logs import read_logs
from virtwright.providers.namespace.sandbox.spec import SandboxSpec
from virtwright.providers.namespace.sandbox.status import Status, group_name
from virtwright.providers.namespace.supervisor import Supervisor, remove, status

BUSYBOX = Path("/bin/busybox")


def make_busybox_root(folder: Path) -> Path:
    """A root file system with busybox, its applets, and two users."""
    for name in ("bin", "etc", "tmp", "proc", "sys", "dev"):
        (folder / name).mkdir(parents=True)
    (folder / "tmp").chmod(0o1777)
    shutil.copy2(BUSYBOX, folder / "bin/busybox")
    applets = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for applet in applets:
        with contextlib.suppress(FileExistsError):
            (folder / "bin" / applet).symlink_to("busybox")
    (folder / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nworker:x:1000:1000::/home/worker:/bin/sh\n")
    (folder / "etc/group").write_text("root:x:0:\nworker:x:1000:\nhelpers:x:50:worker\n")
    return folder


class SandboxLab:
    """Starts sandboxes below one folder."""

    def __init__(self, folder: Path, busybox: Path, supervisor: Supervisor) -> None:
        self.folder = folder
        self.busybox = busybox
        self.supervisor = supervisor
        self._started: list[Path] = []

    def spec(self, *argv: str, id: str = "one", **fields: Any) -> SandboxSpec:
        plain = SandboxSpec(id=id, folder=str(self.folder / id), layers=(str(self.busybox),), argv=argv)
        return replace(plain, **fields)

    def start(self, spec: SandboxSpec, context: Context | None = None) -> Path:
        folder = self.adopt(Path(spec.folder))
        self.supervisor.start(spec, context=context or Context())
        return folder

    def adopt(self, folder: Path) -> Path:
        """Remove in the end what somebody else starts there."""
        self._started.append(folder)
        return folder

    def run(self, *argv: str, **fields: Any) -> tuple[int | None, str]:
        """Run to the end: the exit status and what was written."""
        folder = self.start(self.spec(*argv, **fields))
        self.until(folder, lambda now: not now.alive)
        text = self.text(folder)
        ended = status(folder).exit_status
        remove(folder)
        return ended, text

    def text(self, folder: Path) -> str:
        return "\n".join(line.text for line in read_logs(folder))

    def until(self, folder: Path, wanted: Callable[[Status], bool], timeout: float = 120) -> Status:
        end = time.monotonic() + timeout
        while not wanted(now := status(folder)):
            assert time.monotonic() < end, f"{now}\n{self.text(folder)}"
            time.sleep(0.01)
        return now

    def until_logged(self, folder: Path, text: str, timeout: float = 120) -> None:
        self.until(folder, lambda _: text in self.text(folder), timeout)

    def enter(self, folder: Path, *argv: str, **options: Any) -> int:
        return enter(self.supervisor, folder, argv, **options)

    def group(self, folder: Path) -> Group:
        return Group(group_name(folder.name, folder), detect())

    def close(self) -> None:
        for folder in self._started:
            remove(folder)


@contextlib.contextmanager
def sandbox_lab(folder: Path, busybox: Path, supervisor: Supervisor) -> Iterator[SandboxLab]:
    lab = SandboxLab(folder, busybox, supervisor)
    try:
        yield lab
    finally:
        lab.close()
