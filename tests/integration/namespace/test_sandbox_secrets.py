"""What a container is given in confidence is not found in what the kernel shows or keeps of virtwright's own processes."""

import ctypes
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox_lab import SandboxLab
from tests.waiting import until

from virtwright.providers.namespace.kernel.processes import Process
from virtwright.providers.namespace.sandbox.spec import FileContent, HealthCheck
from virtwright.providers.namespace.supervisor import Supervisor, status

pytestmark = pytest.mark.root
SECRET = "hunter2-of-the-container"
PR_SET_CHILD_SUBREAPER = 36
libc = ctypes.CDLL(None, use_errno=True)


@pytest.fixture
def dumping() -> Iterator[None]:
    """Processes started from here may dump core, and those whose parent ends become children of this one."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    yield
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, before)


@pytest.fixture
def lab(tmp_path: Path, busybox: Path) -> Iterator[SandboxLab]:
    supervisor = Supervisor(tmp_path / "cache")
    lab = SandboxLab(tmp_path / "sandboxes", busybox, supervisor)
    yield lab
    lab.close()
    supervisor.close()


def test_a_crash_leaves_no_core(dumping: None, lab: SandboxLab) -> None:
    """Not of the launcher, a shim or the init of a system container. The program's own core is its own affair."""
    folder = lab.start(lab.spec(init="system", env={"PASSWORD": SECRET}))
    lab.until(folder, lambda now: now.ready)
    now, launcher = status(folder), lab.supervisor._launcher._process
    assert now.shim and now.process and launcher
    assert Path(f"/proc/{now.process.pid}/environ").stat().st_uid == 0  # as of what dumps no core
    assert not dumps_core(launcher.pid)
    until("the shim has no other parent", lambda: parent(now.shim) == os.getpid())
    assert not dumps_core(now.shim.pid)


def dumps_core(pid: int) -> bool:
    """Let a child crash."""
    os.kill(pid, signal.SIGSEGV)
    ended = os.waitid(os.P_PID, pid, os.WEXITED)
    assert ended is not None
    assert ended.si_status in (signal.SIGSEGV, signal.SIGKILL)
    return ended.si_code == os.CLD_DUMPED


def parent(process: Process | None) -> int:
    assert process is not None
    return int(Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_no_argument_and_no_variable_of_virtwrights_processes_holds_a_secret(lab: SandboxLab) -> None:
    files = (FileContent("/secret", SECRET),)
    check = HealthCheck(("sh", "-c", f": {SECRET}; sleep 600"), timeout=600)
    fields: dict[str, Any] = {"env": {"PASSWORD": SECRET}, "files": files, "healthcheck": check}
    folder = lab.start(lab.spec("sleep", "600", **fields))
    machine = lab.start(lab.spec(id="machine", init="system", **fields))
    now, launcher = status(folder), lab.supervisor._launcher._process
    assert now.shim and now.process and launcher
    assert SECRET in shown(now.process.pid)  # the program's own
    until("the check runs", lambda: len(lab.group(folder).pids()) > 1)
    inner = status(machine).process
    assert inner is not None
    ours = [launcher.pid, now.shim.pid, inner.pid, *children(launcher.pid), *children(now.shim.pid)]
    assert len(ours) > 4
    assert [pid for pid in ours if pid != now.process.pid and SECRET in shown(pid)] == []


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def shown(pid: int) -> str:
    return "".join(Path(f"/proc/{pid}/{name}").read_bytes().decode() for name in ("environ", "cmdline"))
