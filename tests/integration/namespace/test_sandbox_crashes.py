"""What happens when a shim, a launcher or a start is killed: nothing runs unseen, and everything can be started again."""

import contextlib
import os
import random
import re
import select
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.kills import assert_share
from tests.sandbox_lab import SandboxLab
from tests.waiting import until

from virtwright.errors import CancelledError, HostError
from virtwright.providers.context import Context
from virtwright.providers.namespace.inside import read_file
from virtwright.providers.namespace.kernel.processes import start_time
from virtwright.providers.namespace.sandbox.rootfs import prepare_folders
from virtwright.providers.namespace.supervisor import Supervisor, load, remove, save, status, stop

pytestmark = pytest.mark.root
SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))


def test_a_killed_shim_takes_its_container_along(sandboxes: SandboxLab) -> None:
    folder = sandboxes.start(sandboxes.spec("sh", "-c", "[ -s /kept ] || echo x > /kept; sleep 60 & sleep 60"))
    kept = folder / "layer/upper/kept"
    sandboxes.until(folder, lambda _: kept.exists() and kept.stat().st_size > 0)
    now = status(folder)
    assert now.shim and now.process
    os.kill(now.shim.pid, signal.SIGKILL)
    sandboxes.until(folder, lambda now: now.state == "gone")
    end = time.monotonic() + 120
    while now.process.alive:
        assert time.monotonic() < end
        time.sleep(0.01)
    sandboxes.supervisor.start(load(folder))
    found = read_file(folder, "/kept")
    assert found is not None
    assert found.content == b"x\n"


def test_a_group_that_is_older_than_any_status_is_removed(sandboxes: SandboxLab) -> None:
    """The command line was killed between making the group and asking for the shim."""
    spec = sandboxes.spec("sleep", "60")
    folder = Path(spec.folder)
    folder.mkdir(parents=True)
    save(spec)
    prepare_folders(spec.folder)
    group = sandboxes.group(folder)
    group.create(spec.limits)
    assert status(folder).state == "gone"
    remove(folder)
    assert not any(path.exists() for path in group.folders)


def test_one_of_two_starts_at_the_same_time_is_refused(sandboxes: SandboxLab) -> None:
    spec = sandboxes.spec("sleep", "60")
    with ThreadPoolExecutor(4) as pool:
        starts = [pool.submit(sandboxes.start, spec) for _ in range(4)]
    refused = [str(error) for start in starts if (error := start.exception()) is not None]
    assert len(refused) == 3
    assert all("running already" in text for text in refused)
    assert status(Path(spec.folder)).alive


def test_what_outlives_a_killed_shim_is_ended_by_the_next_start_or_removal(sandboxes: SandboxLab) -> None:
    """A program that changes its user loses the kernel's promise to die with its parent."""
    script = "exec su worker -s /bin/sh -c 'exec sleep 60'"
    folder = sandboxes.start(sandboxes.spec("sh", "-c", script))
    sandboxes.until(folder, lambda now: b"sleep" in _command(now.process.pid if now.process else 0))
    now = status(folder)
    assert now.shim and now.process
    os.kill(now.shim.pid, signal.SIGKILL)
    sandboxes.until(folder, lambda now: now.state == "gone")
    sandboxes.supervisor.start(load(folder))
    assert not now.process.alive
    again = status(folder)
    assert again.shim and again.process
    os.kill(again.shim.pid, signal.SIGKILL)
    remove(folder)
    assert not again.process.alive


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_killed_launcher_is_replaced_and_its_containers_go_on(sandboxes: SandboxLab, tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "cache")
    sandboxes.supervisor, shared = supervisor, sandboxes.supervisor
    try:
        first = sandboxes.start(sandboxes.spec("sleep", "60", id="first"))
        process = supervisor._launcher._process
        assert process is not None
        process.kill()
        process.wait()
        second = sandboxes.start(sandboxes.spec("sleep", "60", id="second"))
        assert status(first).state == status(second).state == "running"
        supervisor.close()
        assert stop(first, 0).state == stop(second, 0).state == "stopped"
    finally:
        supervisor.close()
        sandboxes.supervisor = shared


def test_the_program_begins_after_what_is_done_meanwhile(sandboxes: SandboxLab) -> None:
    spec = sandboxes.spec("sh", "-c", "echo begun; exec sleep 60")
    seen: list[str] = []

    def meanwhile() -> None:
        sandboxes.until(Path(spec.folder), lambda now: now.state == "starting")
        time.sleep(0.2)
        seen.extend((status(Path(spec.folder)).state, sandboxes.text(Path(spec.folder))))

    try:
        sandboxes.supervisor.start(spec, meanwhile)
        sandboxes.until_logged(Path(spec.folder), "begun")
        assert seen == ["starting", ""]
    finally:
        remove(Path(spec.folder))


def test_nothing_is_started_where_what_is_done_meanwhile_fails(sandboxes: SandboxLab) -> None:
    spec = sandboxes.spec("sh", "-c", "echo begun; exec sleep 60")
    folder = Path(spec.folder)

    def meanwhile() -> None:
        raise HostError("the bridge is gone")

    with pytest.raises(HostError, match="the bridge is gone"):
        sandboxes.supervisor.start(spec, meanwhile)
    assert status(folder).state == "exited"
    assert sandboxes.group(folder).pids() == [] and sandboxes.text(folder) == ""
    sandboxes.start(spec)
    sandboxes.until_logged(folder, "begun")


def test_nothing_is_started_where_the_command_line_dies_meanwhile(sandboxes: SandboxLab, tmp_path: Path) -> None:
    spec = sandboxes.spec("sh", "-c", "echo begun; exec sleep 60")
    text = tmp_path / "spec.json"
    text.write_text(spec.to_json())
    code = f"""
import os, signal, time
from pathlib import Path
from virtwright.providers.namespace.supervisor import Supervisor
from virtwright.providers.namespace.sandbox.spec import SandboxSpec
def meanwhile():
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGKILL)
Supervisor(Path({str(tmp_path)!r}, "cache")).start(SandboxSpec.from_json(Path({str(text)!r}).read_text()), meanwhile)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    folder = Path(spec.folder)
    try:
        sandboxes.until(folder, lambda now: now.state == "exited")
        assert sandboxes.group(folder).pids() == [] and sandboxes.text(folder) == ""
    finally:
        remove(folder)


def _waiting(launcher: int) -> int:
    """The shim that waits for a request: the child of a launcher that has prepared itself, and leaves no zombies from then on."""
    children, status = Path(f"/proc/{launcher}/task/{launcher}/children"), Path(f"/proc/{launcher}/status")
    while True:
        (ignored,) = re.findall(r"^SigIgn:\s*(\w+)$", status.read_text(), re.MULTILINE)
        if int(ignored, 16) >> (signal.SIGCHLD - 1) & 1 and (found := children.read_text().split()):
            return int(found[0])
        time.sleep(0.01)


def test_nothing_waits_for_a_request_when_the_command_line_is_over(sandboxes: SandboxLab, tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "cache")
    supervisor.warm()
    launcher = supervisor._launcher._process
    assert launcher is not None
    waiting = _waiting(launcher.pid)
    supervisor.close()
    assert launcher.returncode == 0
    until("the shim ends, too", lambda: not Path(f"/proc/{waiting}").exists())


def test_a_sandbox_that_does_not_get_ready_is_not_waited_for_without_end(sandboxes: SandboxLab, tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "cache")
    supervisor.warm()
    folder = sandboxes.folder / "one"
    launcher = supervisor._launcher._process
    assert launcher is not None
    waiting = _waiting(launcher.pid)
    os.kill(waiting, signal.SIGSTOP)  # as one that waits for a mount of a server that is gone
    try:
        with pytest.raises(HostError, match="the sandbox was not ready within 1s"):
            supervisor.start(
                sandboxes.spec("sh", "-c", "echo begun; sleep 60"), context=Context(deadline=time.monotonic())
            )
    finally:
        os.kill(waiting, signal.SIGKILL)
        supervisor.close()
        remove(folder)
    assert not sandboxes.group(folder).pids()


def test_who_stops_a_run_does_not_wait_for_a_sandbox_that_does_not_get_ready(
    sandboxes: SandboxLab, tmp_path: Path
) -> None:
    supervisor = Supervisor(tmp_path / "cache")
    supervisor.warm()
    launcher = supervisor._launcher._process
    assert launcher is not None
    (first,) = until("process 1 is there", lambda: _children(_waiting(launcher.pid)))
    until("it leads a session, and dies with its shim", lambda: os.getsid(first) == first)
    os.kill(first, signal.SIGSTOP)
    folder, context = sandboxes.folder / "one", Context()
    begun = threading.Event()

    def interrupt() -> None:
        until("the shim waits for process 1", lambda: begun.is_set() and status(folder).state == "starting")
        context.interrupted.set()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(interrupt)
        try:
            with pytest.raises(CancelledError, match="interrupted while the sandbox was being built"):
                supervisor.start(sandboxes.spec("sleep", "60"), begun.set, context)
            stopped = time.monotonic()
            remove(folder)
            assert time.monotonic() - stopped < 20  # it has not asked a shim that does not answer
        finally:
            supervisor.close()
            remove(folder)
    until("process 1 has ended", lambda: start_time(first) is None)
    assert not sandboxes.group(folder).pids()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_containers_survive_the_command_line(sandboxes: SandboxLab, tmp_path: Path) -> None:
    spec = sandboxes.spec("sleep", "60")
    text = tmp_path / "spec.json"
    text.write_text(spec.to_json())
    code = f"""
import os, signal
from pathlib import Path
from virtwright.providers.namespace.supervisor import Supervisor
from virtwright.providers.namespace.sandbox.spec import SandboxSpec
Supervisor(Path({str(tmp_path)!r}, "cache")).start(SandboxSpec.from_json(Path({str(text)!r}).read_text()))
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    folder = Path(spec.folder)
    try:
        assert status(folder).state == "running"
        assert stop(folder, 0).state == "stopped"
    finally:
        remove(folder)


@pytest.mark.soak
def test_a_start_killed_at_any_moment_leaves_nothing_that_can_not_be_started_or_removed(
    sandboxes: SandboxLab, tmp_path: Path
) -> None:
    """The launcher and every shim of it are killed at a random moment of a start."""
    chance = random.Random(4)
    kills = 0
    for number in range(12 * SOAK):
        spec = sandboxes.spec("sleep", "60", id=f"c{number}")
        folder = Path(spec.folder)
        supervisor = Supervisor(tmp_path / "cache")
        supervisor.warm()
        try:
            _kill_during_start(supervisor, sandboxes, folder, chance.random() * 0.15)
            kills += 1
            assert status(folder).state in ("absent", "gone", "starting", "running", "exited")
            sandboxes.until(folder, lambda now: now.state != "starting")
            if status(folder).state != "running":
                sandboxes.start(spec)
            assert status(folder).state == "running"
        finally:
            supervisor.close()
            remove(folder)
        assert sandboxes.group(folder).pids() == []
    assert_share("starts of sandboxes", kills)


def _kill_during_start(supervisor: Supervisor, sandboxes: SandboxLab, folder: Path, after: float) -> None:
    """Returns when the killed have ended: until then their container seems to run."""
    launcher = supervisor._launcher._process
    assert launcher is not None
    time.sleep(0.3)  # it is loaded
    with ThreadPoolExecutor(1) as pool:
        kill = pool.submit(_kill_with_shims, launcher.pid, after)
        with contextlib.suppress(HostError):
            supervisor.start(sandboxes.spec("sleep", "60", id=folder.name))
        kill.result()


def _kill_with_shims(launcher: int, after: float) -> None:
    time.sleep(after)
    shims = [int(pid) for pid in Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()]
    watched = []
    for pid in (*shims, launcher):
        with contextlib.suppress(ProcessLookupError):
            watched.append(os.pidfd_open(pid))
            signal.pidfd_send_signal(watched[-1], signal.SIGKILL)
    for pidfd in watched:
        assert select.select([pidfd], [], [], 120)[0], "a killed process does not end"
        os.close(pidfd)
