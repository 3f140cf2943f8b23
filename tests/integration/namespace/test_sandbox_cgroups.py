"""Control groups on the real kernel: the hierarchies as they are, and the v2 freezer where v2 is mounted."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.waiting import until

from virtwright.providers.namespace.cgroups.group import Group, detect
from virtwright.providers.namespace.cgroups.layout import Layout
from virtwright.providers.namespace.sandbox.spec import Limits

pytestmark = pytest.mark.root


def layouts() -> list[Layout]:
    found = [detect()]
    if found[0].v2 and "freezer" in found[0].v1:
        rest = {name: path for name, path in found[0].v1.items() if name != "freezer"}
        found.append(Layout(rest, found[0].v2))
    return found


@pytest.fixture(params=layouts(), ids=lambda layout: "v2 freezer" if "freezer" not in layout.v1 else "v1 freezer")
def group(request: pytest.FixtureRequest) -> Iterator[Group]:
    group = Group(f"test-{uuid.uuid4().hex[:12]}", request.param)
    try:
        yield group
    finally:
        group.remove()


@contextlib.contextmanager
def member(group: Group, *argv: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that enters the group itself, as the runtime's do."""
    code = f"""
import os, sys
from pathlib import Path
for path in {[str(folder) for folder in group.folders]!r}:
    (Path(path) / ("tasks" if (Path(path) / "tasks").exists() else "cgroup.procs")).write_text("0")
print("in", flush=True)
os.execvp(sys.argv[1], sys.argv[1:])
"""
    process = subprocess.Popen([sys.executable, "-S", "-c", code, *argv], stdout=subprocess.PIPE)
    try:
        assert process.stdout
        assert process.stdout.readline() == b"in\n"
        yield process
    finally:
        process.kill()
        group.thaw()
        process.wait()
        assert process.stdout
        process.stdout.close()


def test_members_are_frozen_thawed_and_killed(group: Group) -> None:
    group.create(Limits())
    with member(group, "sh", "-c", "while :; do :; done") as process:
        assert group.pids() == [process.pid]
        group.freeze()
        assert group.frozen
        before = _cpu_time(process.pid)
        time.sleep(0.2)
        assert _cpu_time(process.pid) == before
        group.thaw()
        until("it goes on", lambda: _cpu_time(process.pid) > before)
        group.freeze()
        group.kill()  # frozen as it is
        assert process.wait(timeout=120) == -signal.SIGKILL
        assert group.pids() == []


def _cpu_time(pid: int) -> int:
    return sum(int(field) for field in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13])


def test_limits_are_raised_and_lowered_in_any_order(group: Group) -> None:
    mib = 1024 * 1024
    group.create(Limits(memory=128 * mib))
    for memory in (64 * mib, 512 * mib, 32 * mib, None, 16 * mib):
        group.set_limits(Limits(memory=memory))
        if "memory" in group.v1:
            limit = int((group.v1["memory"] / "memory.limit_in_bytes").read_text())
            assert limit == memory if memory else limit > 1 << 60


def test_what_an_earlier_group_holds_is_ended(group: Group) -> None:
    group.create(Limits(pids=3))
    with member(group, "sleep", "60") as process:
        group.create(Limits())
        assert process.wait(timeout=120) == -signal.SIGKILL
        if "pids" in group.v1:
            assert (group.v1["pids"] / "pids.max").read_text() == "2048\n"


def test_removal_can_be_repeated(group: Group) -> None:
    group.remove()
    group.create(Limits())
    group.remove()
    group.remove()
    assert not any(folder.exists() for folder in group.folders)
    assert os.getpid() not in group.pids()
