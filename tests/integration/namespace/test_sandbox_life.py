"""Starting, ending, restarting, pausing and limiting containers."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from tests.sandbox_lab import SandboxLab

from virtwright.errors import HostError
from virtwright.providers.namespace.sandbox import status as status_file
from virtwright.providers.namespace.sandbox.spec import FileContent, Limits
from virtwright.providers.namespace.supervisor import (
    adopt,
    kill,
    load,
    pause,
    remove,
    resume,
    set_limits,
    status,
    stop,
)

pytestmark = pytest.mark.root
MIB = 1024 * 1024


def test_the_exit_status_is_the_programs(sandboxes: SandboxLab) -> None:
    assert sandboxes.run("sh", "-c", "echo out; echo err >&2; exit 7") == (7, "out\nerr")
    assert sandboxes.run("sh", "-c", "kill -KILL $$") == (0, "")  # process 1 can't be killed from inside
    assert sandboxes.run("true")[0] == 0


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"argv": ("nonesuch",)}, "command not found: nonesuch"),
        ({"argv": ("/bin/nonesuch",)}, "command not found: /bin/nonesuch"),
        ({"argv": ("/etc/passwd",)}, "not an executable file"),
        ({"argv": ("/tmp",)}, "not an executable file"),
        ({"argv": ()}, "without a command"),
        ({"user": "nobody-here"}, "there is no user nobody-here"),
        ({"user": "root:nogroup-here"}, "there is no group nogroup-here"),
        ({"cwd": "/etc/passwd"}, "enter the working folder"),
        ({"netns": "/nonesuch"}, "network namespace /nonesuch"),
        ({"layers": ("/nonesuch",)}, "copy the mount of /nonesuch"),
        ({"stop_signal": "SIGNONE"}, "there is no signal SIGNONE"),
        ({"capabilities": ("CAP_NONE",)}, "there is no capability CAP_NONE"),
        ({"seccomp": "/nonesuch"}, "seccomp filter /nonesuch"),
        ({"files": (FileContent("/etc/passwd/x", ""),)}, "can't write the files"),
    ],
)
def test_a_start_that_fails_says_why_and_leaves_nothing_running(
    sandboxes: SandboxLab, fields: dict[str, object], reason: str
) -> None:
    spec = replace(sandboxes.spec("true"), **fields)  # type: ignore[arg-type]
    with pytest.raises(HostError, match=reason):
        sandboxes.start(spec)
    folder = Path(spec.folder)
    assert not status(folder).alive
    assert sandboxes.group(folder).pids() == []
    assert not any(path.exists() for path in sandboxes.group(folder).folders)
    sandboxes.start(sandboxes.spec("true"))  # the same one, mended, starts


def test_scripts_without_their_interpreter_are_explained(sandboxes: SandboxLab, tmp_path: Path) -> None:
    layer = tmp_path / "layer/bin"
    layer.mkdir(parents=True)
    for name, text in (("lost", "#!/bin/nonesuch\n"), ("odd", "\x01\x02\x03")):
        (layer / name).write_text(text)
        (layer / name).chmod(0o755)
    layers = (str(sandboxes.busybox), str(layer.parent))
    with pytest.raises(HostError, match="can't run lost: the interpreter it needs is missing"):
        sandboxes.start(sandboxes.spec("lost", layers=layers))
    with pytest.raises(HostError, match="can't run odd: it is neither a program"):
        sandboxes.start(sandboxes.spec("odd", id="two", layers=layers))


def test_stopping_gives_the_program_its_time(sandboxes: SandboxLab) -> None:
    script = "trap 'sleep 0.2; echo bye; exit 3' TERM; echo up; while :; do sleep 0.05; done"
    folder = sandboxes.start(sandboxes.spec("sh", "-c", script))
    sandboxes.until_logged(folder, "up")
    now = stop(folder, 10)
    assert (now.state, now.exit_status) == ("stopped", 3)
    assert "bye" in sandboxes.text(folder)
    assert stop(folder, 10) == now  # stopping what is stopped changes nothing


def test_a_program_that_will_not_stop_is_killed_after_the_timeout(sandboxes: SandboxLab) -> None:
    script = "trap 'echo no' TERM; echo up; while :; do sleep 0.05; done"
    folder = sandboxes.start(sandboxes.spec("sh", "-c", script, restart="always"))
    sandboxes.until_logged(folder, "up")
    began = time.monotonic()
    now = stop(folder, 0.5)
    assert time.monotonic() - began > 0.4
    assert (now.state, now.exit_status) == ("stopped", 137)
    assert "no" in sandboxes.text(folder)


def test_a_program_that_can_not_hear_the_signal_is_not_waited_for(sandboxes: SandboxLab) -> None:
    folder = sandboxes.start(sandboxes.spec("sleep", "60"))
    began = time.monotonic()
    assert stop(folder, 120).exit_status == 137
    assert time.monotonic() - began < 60


def test_the_stop_signal_is_the_one_that_was_named(sandboxes: SandboxLab) -> None:
    script = "trap 'echo usr; exit 0' USR1; echo up; while :; do sleep 0.05; done"
    folder = sandboxes.start(sandboxes.spec("sh", "-c", script, stop_signal="SIGUSR1"))
    sandboxes.until_logged(folder, "up")
    assert stop(folder, 10).exit_status == 0
    assert "usr" in sandboxes.text(folder)


def test_the_layer_outlives_a_stop_and_files_are_written_once(sandboxes: SandboxLab) -> None:
    files = (FileContent("/srv/given", "1", 0o640, "worker:helpers"),)
    script = (
        "stat -c '%a %U %G' /srv/given; cat /srv/given; echo 2 > /srv/given; cat /mine 2>/dev/null; echo kept > /mine"
    )
    folder = sandboxes.start(sandboxes.spec("sh", "-c", script, files=files))
    sandboxes.until(folder, lambda now: now.state == "exited")
    sandboxes.supervisor.start(load(folder))
    sandboxes.until(folder, lambda now: now.state == "exited")
    text = sandboxes.text(folder)
    assert text.startswith("640 worker helpers\n1")
    assert text.endswith("2\nkept")


def test_a_failing_program_is_restarted_with_growing_waits(sandboxes: SandboxLab) -> None:
    folder = sandboxes.start(sandboxes.spec("sh", "-c", "echo run; exit 1", restart="on-failure"))
    began = time.monotonic()
    now = sandboxes.until(folder, lambda now: now.restarts >= 3)
    assert time.monotonic() - began >= 0.1 + 0.2 + 0.4 - 0.05
    assert now.exit_status == 1
    now = stop(folder, 5)
    assert now.state == "stopped"
    count = sandboxes.text(folder).count("run")
    time.sleep(0.3)
    assert sandboxes.text(folder).count("run") == count


@pytest.mark.parametrize(
    ("policy", "code", "again"),
    [("no", 1, False), ("on-failure", 0, False), ("always", 0, True), ("unless-stopped", 1, True)],
)
def test_restart_policies(sandboxes: SandboxLab, policy: str, code: int, again: bool) -> None:
    folder = sandboxes.start(sandboxes.spec("sh", "-c", f"exit {code}", restart=policy))
    if again:
        sandboxes.until(folder, lambda now: now.restarts >= 1)
        assert kill(folder).state == "stopped"
    else:
        now = sandboxes.until(folder, lambda now: not now.alive)
        assert (now.state, now.restarts, now.exit_status) == ("exited", 0, code)


def test_a_paused_container_stands_still(sandboxes: SandboxLab) -> None:
    script = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done"
    folder = sandboxes.start(sandboxes.spec("sh", "-c", script))
    sandboxes.until_logged(folder, "3")
    pause(folder)
    assert status(folder).state == "paused"
    assert sandboxes.group(folder).frozen
    time.sleep(0.1)
    before = sandboxes.text(folder)
    time.sleep(0.3)
    assert sandboxes.text(folder) == before
    with pytest.raises(HostError, match="paused"):
        sandboxes.enter(folder, "true")
    resume(folder)
    sandboxes.until(folder, lambda _: len(sandboxes.text(folder)) > len(before))
    pause(folder)
    assert stop(folder, 5).state == "stopped"  # a paused one can be stopped


def test_running_out_of_memory_is_told(sandboxes: SandboxLab) -> None:
    argv = ("dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=1")
    folder = sandboxes.start(sandboxes.spec(*argv, limits=Limits(memory=48 * MIB)))
    now = sandboxes.until(folder, lambda now: not now.alive)
    assert now.oom_killed
    assert (now.exit_status, now.oom_kills) == (137, 1)
    plain = sandboxes.start(sandboxes.spec("sh", "-c", "exit 137", id="two", limits=Limits(memory=48 * MIB)))
    now = sandboxes.until(plain, lambda now: not now.alive)
    assert not now.oom_killed


def test_too_many_processes_are_refused(sandboxes: SandboxLab) -> None:
    script = "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 5 & done; echo all"
    code, text = sandboxes.run("sh", "-c", script, limits=Limits(pids=6))
    assert code != 0
    assert "can't fork" in text
    assert "all" not in text


def test_cpu_time_is_limited(sandboxes: SandboxLab) -> None:
    folder = sandboxes.start(sandboxes.spec("sh", "-c", "while :; do :; done", limits=Limits(cpus=0.1)))
    process = status(folder).process
    assert process is not None
    began = time.monotonic()
    time.sleep(1.5)
    elapsed = time.monotonic() - began
    used = sum(int(n) for n in Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[11:13])
    assert used / os.sysconf("SC_CLK_TCK") < max(0.6, 0.4 * elapsed)  # all of it without the limit


def test_limits_change_while_it_runs(sandboxes: SandboxLab) -> None:
    folder = sandboxes.start(sandboxes.spec("sleep", "60", limits=Limits(memory=64 * MIB, pids=5)))
    set_limits(folder, Limits(memory=512 * MIB, cpus=0.5))
    memory = sandboxes.group(folder).v1.get("memory")
    if memory is not None:
        assert (memory / "memory.limit_in_bytes").read_text().strip() == str(512 * MIB)
        assert (sandboxes.group(folder).v1["pids"] / "pids.max").read_text().strip() == "2048"
    set_limits(folder, Limits(memory=32 * MIB))
    assert load(folder).limits == Limits(memory=32 * MIB)


def test_a_running_container_takes_over_what_needs_no_restart(sandboxes: SandboxLab) -> None:
    spec = sandboxes.spec("sleep", "60")
    folder = sandboxes.start(spec)
    before = status(folder).process
    adopt(folder, replace(spec, restart="always", stop_timeout=1.0))
    process = status(folder).process
    assert process == before
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    assert sandboxes.until(folder, lambda now: now.restarts == 1).state in ("running", "restarting")


def test_two_starts_of_one_container(sandboxes: SandboxLab) -> None:
    spec = sandboxes.spec("sleep", "60")
    folder = sandboxes.start(spec)
    process = status(folder).process
    with pytest.raises(HostError, match="running already"):
        sandboxes.supervisor.start(spec)
    assert status(folder).process == process
    stop(folder, 0)
    sandboxes.supervisor.start(spec)  # at once after the stop


def test_many_threads_start_and_remove_at_once(sandboxes: SandboxLab) -> None:
    specs = [sandboxes.spec("sleep", "60", id=f"c{number}") for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(sandboxes.start, specs))
        assert [status(folder).state for folder in folders] == ["running"] * 16
        processes = [status(folder).process for folder in folders]
        list(pool.map(remove, folders))
    assert not any(process.alive for process in processes if process)
    assert [status(folder).state for folder in folders] == ["absent"] * 16


def test_removing_leaves_nothing_and_can_be_repeated(sandboxes: SandboxLab) -> None:
    folder = sandboxes.start(sandboxes.spec("sh", "-c", "sleep 60 & sleep 60"))
    (folder / "record.json").write_text("another's")
    now = status(folder)
    remove(folder)
    remove(folder)
    assert [path.name for path in folder.iterdir()] == ["record.json"]
    assert now.process
    assert not now.process.alive
    assert now.shim
    assert not any(path.exists() for path in sandboxes.group(folder).folders)
    assert str(folder) not in Path("/proc/self/mountinfo").read_text()
    remove(folder / "nonesuch")


def test_a_reboot_is_seen_and_everything_starts_from_disk(sandboxes: SandboxLab) -> None:
    folder = sandboxes.start(sandboxes.spec("sh", "-c", "cat /kept; echo here > /kept; sleep 60"))
    kept = folder / "layer/upper/kept"
    sandboxes.until(folder, lambda _: kept.exists() and kept.stat().st_size > 0)
    now = status(folder)
    stop(folder, 0)
    assert now.shim
    other = replace(now, shim=replace(now.shim, pid=os.getpid(), boot="another boot"))
    status_file.write(folder, other)  # as the power cut left it; the pid is somebody else's now
    assert status(folder).state == "gone"
    sandboxes.supervisor.start(load(folder))
    assert status(folder).state == "running"
    sandboxes.until_logged(folder, "here")
