"""System containers: a process 1 of our own that boots, reaps and powers off."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from tests.sandbox_lab import SandboxLab
from tests.waiting import until

from virtwright.providers.namespace.inside import read_file
from virtwright.providers.namespace.sandbox.spec import BootAction, FileContent
from virtwright.providers.namespace.supervisor import load, remove, status, stop

pytestmark = pytest.mark.root


def _refused(path: str) -> str:
    """What Python says of a path that can't be; its words differ between versions."""
    with pytest.raises(ValueError) as caught:
        os.lstat(path)
    return f"ValueError: {caught.value}"


def run(*argv: str, background: bool = False) -> BootAction:
    return BootAction("run", argv=argv, background=background)


def test_the_boot_list_is_carried_out_once(sandboxes: SandboxLab) -> None:
    boot = (
        BootAction(
            "add_user",
            name="ann",
            groups=("helpers", "new"),
            shell="/bin/sh",
            authorized_keys=("ssh-ed25519 AAAA ann",),
        ),
        BootAction("add_user", name="bob", uid=1500, home="/srv/bob", password_hash="$6$x$y", sudo="ALL=(ALL) ALL"),
        BootAction("write_file", file=FileContent("/opt/app/config", "port=1\n", 0o600, "ann")),
        run("sh", "-c", "id ann; id bob; cat /opt/app/config; tty; echo booted >> /opt/app/boots"),
    )
    folder = sandboxes.start(sandboxes.spec(init="system", boot=boot, hostname="db.example"))
    now = sandboxes.until(folder, lambda now: now.boot != "running")
    assert (now.boot, now.ready) == ("done", True)
    text = sandboxes.text(folder)
    assert "uid=1001(ann) gid=1001(ann) groups=1001(ann),50(helpers)" in text
    assert "uid=1500(bob) gid=1500(bob)" in text
    assert "port=1" in text
    assert "/dev/pts/0" in text
    keys, shadow = read_file(folder, "/home/ann/.ssh/authorized_keys"), read_file(folder, "/etc/shadow")
    assert keys and shadow
    assert (keys.content, keys.mode, keys.uid) == (b"ssh-ed25519 AAAA ann\n", 0o600, 1001)
    assert b"bob:$6$x$y:" in shadow.content
    assert shadow.mode == 0o640
    stop(folder, 5)
    sandboxes.supervisor.start(load(folder))
    sandboxes.until(folder, lambda now: now.boot == "done")
    boots = read_file(folder, "/opt/app/boots")
    assert boots and boots.content == b"booted\n"


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (run("sh", "-c", "exit 3"), "exited with status 3"),
        (run("nonesuch"), "exited with status 127"),
        (BootAction("install", packages=("nano",)), "can't install nano"),
        (BootAction("write_file", file=FileContent("/x", "", owner="nobody-here")), "no user nobody-here"),
        (BootAction("write_file", file=FileContent("/x\0", "")), _refused("/x\0")),
        (run("sh", "-c", "kill -KILL $PPID"), "the process that carries it out was ended"),
    ],
)
def test_a_boot_list_that_fails_is_told_and_tried_again(sandboxes: SandboxLab, action: BootAction, reason: str) -> None:
    folder = sandboxes.start(sandboxes.spec(init="system", boot=(action,)))
    now = sandboxes.until(folder, lambda now: now.boot != "running")
    assert now.boot == "failed"
    assert reason in now.boot_error
    assert now.state == "running"  # it can be looked into
    assert not now.ready
    stop(folder, 5)
    sandboxes.supervisor.start(load(folder))
    assert sandboxes.until(folder, lambda now: now.boot != "running").boot == "failed"


def test_what_a_command_of_the_boot_list_was_given_is_not_in_the_status(sandboxes: SandboxLab) -> None:
    """It may be a secret."""
    boot = (run("true"), run("sh", "-c", 'echo "$1"; exit 3', "sh", "hunter2"))
    folder = sandboxes.start(sandboxes.spec(init="system", boot=boot))
    now = sandboxes.until(folder, lambda now: now.boot != "running")
    assert now.boot_error == "runcmd[1] (sh): exited with status 3"
    assert "hunter2" not in (folder / "status").read_text()
    sandboxes.until_logged(folder, "hunter2")
    assert {
        path.name: path.stat().st_mode & 0o777 for path in folder.iterdir() if path.is_file()
    }.items() >= dict.fromkeys(("status", "spec.json", "log"), 0o600).items()


def test_orphans_are_reaped_and_all_are_asked_to_end(sandboxes: SandboxLab) -> None:
    boot = (
        run("sh", "-c", "(sleep 0.1 &); (sleep 0.1 &); true"),
        run(
            "sh",
            "-c",
            "trap 'echo service ends; exit 0' TERM; echo service up; while :; do sleep 0.05; done",
            background=True,
        ),
    )
    folder = sandboxes.start(sandboxes.spec(init="system", boot=boot))
    sandboxes.until(folder, lambda now: now.boot == "done")
    sandboxes.until_logged(folder, "service up")
    time.sleep(0.5)
    script = "cat /proc/[0-9]*/stat | grep -c ' Z '"
    until("the orphans are reaped", lambda: sandboxes.enter(folder, "sh", "-c", f"[ $({script}) = 0 ]") == 0)
    now = stop(folder, 10)
    assert (now.state, now.exit_status) == ("stopped", 0)
    assert "service ends" in sandboxes.text(folder)


@pytest.mark.parametrize("command", ["kill -TERM 1", "poweroff", "halt", "kill -USR2 1"])
def test_it_powers_off_from_inside(sandboxes: SandboxLab, command: str) -> None:
    folder = sandboxes.start(sandboxes.spec(init="system"))
    sandboxes.enter(folder, "sh", "-c", command)
    now = sandboxes.until(folder, lambda now: not now.alive)
    assert (now.state, now.exit_status) == ("exited", 0)


def test_a_process_that_will_not_end_is_killed(sandboxes: SandboxLab) -> None:
    boot = (run("sh", "-c", "trap '' TERM; while :; do sleep 0.05; done", background=True),)
    folder = sandboxes.start(sandboxes.spec(init="system", boot=boot, stop_timeout=0.5))
    sandboxes.until(folder, lambda now: now.boot == "done")
    began = time.monotonic()
    assert stop(folder, 120).exit_status == 0
    assert time.monotonic() - began < 60


def test_a_program_beside_the_init(sandboxes: SandboxLab) -> None:
    folder = sandboxes.start(sandboxes.spec("sh", "-c", "echo main on $(tty); exit 1", init="system"))
    sandboxes.until_logged(folder, "main on /dev/pts/0")
    assert status(folder).state == "running"
    remove(folder)


@pytest.mark.parametrize("attempt", range(4))
def test_a_shim_that_is_slow_hears_how_the_boot_list_ended(sandboxes: SandboxLab, attempt: int) -> None:
    """On a loaded machine the boot list may be over before the shim has read that the init runs."""
    spec, over = sandboxes.spec(init="system", id=f"slow-{attempt}"), threading.Event()
    slow = threading.Thread(target=_slow_down_shim, args=(Path(spec.folder), over))
    slow.start()
    try:
        folder = sandboxes.start(spec)
    finally:
        over.set()
        slow.join()
    sandboxes.until(folder, lambda now: now.boot == "done")


def _slow_down_shim(folder: Path, over: threading.Event) -> None:
    """Let it run for moments only."""
    while (shim := status(folder).shim) is None and not over.is_set():
        time.sleep(0.0005)
    pidfd = shim.open() if shim else None
    while pidfd is not None and not over.is_set():
        signal.pidfd_send_signal(pidfd, signal.SIGSTOP)
        time.sleep(0.02)
        signal.pidfd_send_signal(pidfd, signal.SIGCONT)
        time.sleep(0.0003)
    if pidfd is not None:
        os.close(pidfd)
