"""What a container or an image has put in the place of a file is never waited for, and never taken for the file."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.sandbox_lab import SandboxLab
from tests.waiting import until

from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.namespace.inside import read_file, write_file
from virtwright.providers.namespace.sandbox.spec import BootAction, FileContent, HealthCheck, MountPoint
from virtwright.providers.namespace.supervisor import status

pytestmark = pytest.mark.root
SOON: int = 120
"""Seconds that are far more than what is tried here takes, and far less than forever."""


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def _link_to_a_pipe(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


def _link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


STRANGE: dict[str, Callable[[Path], None]] = {
    "pipe": os.mkfifo,
    "socket": _socket,
    "folder": Path.mkdir,
    "link to a pipe": _link_to_a_pipe,
    "own output": _link("/proc/self/fd/1"),
    "terminal": _link("/dev/tty"),
    "endless": _link("/dev/zero"),
    "itself": lambda path: path.symlink_to(path.name),
}
EACH = pytest.mark.parametrize("strange", list(STRANGE))


def soon() -> Context:
    return Context(deadline=time.monotonic() + SOON)


@EACH
@pytest.mark.parametrize("table", ["passwd", "group"])
def test_a_strange_table_of_users_in_an_image(sandboxes: SandboxLab, tmp_path: Path, strange: str, table: str) -> None:
    etc = tmp_path / "layer/etc"
    etc.mkdir(parents=True)
    STRANGE[strange](etc / table)
    layers = (str(sandboxes.busybox), str(etc.parent))
    folder = sandboxes.start(sandboxes.spec("sleep", "600", layers=layers), context=soon())
    assert status(folder).state == "running"
    user, missing = ("worker", "user worker") if table == "passwd" else ("0:helpers", "group helpers")
    with pytest.raises(HostError, match=f"there is no {missing}"):
        sandboxes.start(sandboxes.spec("true", id="two", layers=layers, user=user), context=soon())


@EACH
def test_a_strange_place_for_what_the_runtime_mounts(sandboxes: SandboxLab, tmp_path: Path, strange: str) -> None:
    """It is mounted there, left out, or refused in words; nothing else of the container is changed by it."""
    etc = tmp_path / "layer/etc"
    etc.mkdir(parents=True)
    STRANGE[strange](etc / "resolv.conf")
    spec = sandboxes.spec(
        "sh",
        "-c",
        "echo x >/dev/null && ls -l /dev/null /dev/zero && sleep 600",
        layers=(str(sandboxes.busybox), str(etc.parent)),
    )
    own = Path(spec.folder, "resolv.conf")
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("nameserver 192.0.2.1\n")
    try:
        folder = sandboxes.start(replace(spec, mounts=(MountPoint(str(own), "/etc/resolv.conf"),)), context=soon())
    except HostError as error:
        assert "bug" not in error.message
        assert strange not in ("endless", "terminal", "pipe", "socket")
        return
    sandboxes.until_logged(folder, "/dev/zero")
    assert [line.partition(" ")[0] for line in sandboxes.text(folder).split("\n")] == ["crw-rw-rw-"] * 2


REPLACED = {
    "pipe": "mkfifo {path}",
    "endless": "ln -s /dev/zero {path}",
}


@pytest.mark.parametrize("how", list(REPLACED))
def test_tables_and_devices_that_were_replaced_inside_hold_up_no_command(sandboxes: SandboxLab, how: str) -> None:
    check = HealthCheck(("sh", "-c", "echo >>/tmp/count; wc -l </tmp/count"), interval=0.05, timeout=60)
    folder = sandboxes.start(sandboxes.spec("sleep", "600", healthcheck=check))
    sandboxes.until(folder, lambda now: now.health == "healthy")
    for path in ("/etc/passwd", "/etc/group"):
        assert sandboxes.enter(folder, "sh", "-c", f"rm {path}; {REPLACED[how].format(path=path)}") == 0
    assert _entered(sandboxes, folder, "sh", "-c", "echo here") == "here\n"
    before = until("a health check ends well", lambda: _count(folder))
    until("more of them do", lambda: _count(folder) > before + 3)
    assert sandboxes.enter(folder, "sh", "-c", "rm /dev/null; mkfifo /dev/null") == 0
    until("it is said that this is none", lambda: "no longer the device" in status(folder).health_output)


def _count(folder: Path) -> int:
    """Health checks until now; 0 where the last one has failed."""
    text = status(folder).health_output
    return int(text) if text.isdecimal() else 0


def _entered(sandboxes: SandboxLab, folder: Path, *argv: str) -> str:
    """What a command writes, run by a process of its own, so that it may be given up."""
    code = f"""
import sys
from pathlib import Path
from virtwright.providers.namespace.inside import enter
from virtwright.providers.namespace.supervisor import Supervisor
sys.exit(enter(Supervisor(Path({str(sandboxes.folder / "cache")!r})), Path({str(folder)!r}), {argv!r}))
"""
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SOON, check=True
    ).stdout


PLACES = {
    "pipe": "mkfifo /etc/some",
    "folder": "mkdir -p /etc/some/in/it; mkfifo /etc/some/pipe",
    "itself": "ln -s some /etc/some",
    "socket": "nc -lU /etc/some >/dev/null 2>&1 & sleep 0.1",
    "scratch is a pipe": "mkfifo /etc/.some.new",
    "scratch is a folder": "mkdir -p /etc/.some.new/x",
    "scratch is a link": "ln -s /etc/passwd /etc/.some.new",
}


@pytest.mark.parametrize("how", list(PLACES))
def test_a_file_is_written_whatever_is_in_its_place(sandboxes: SandboxLab, how: str) -> None:
    folder = sandboxes.start(sandboxes.spec("sleep", "600"))
    assert sandboxes.enter(folder, "sh", "-c", PLACES[how]) == 0
    write_file(folder, FileContent("/etc/some", "text"))
    found = read_file(folder, "/etc/some")
    assert found is not None
    assert found.content == b"text"
    passwd = read_file(folder, "/etc/passwd")
    assert passwd is not None
    assert passwd.content.startswith(b"root:x:0:0")


def test_a_folder_on_a_volume_is_not_deleted_for_a_file(sandboxes: SandboxLab, tmp_path: Path) -> None:
    (tmp_path / "data/some").mkdir(parents=True)
    (tmp_path / "data/some/kept").touch()
    points = (MountPoint(str(tmp_path / "data"), "/data"),)
    folder = sandboxes.start(sandboxes.spec("sleep", "600", mounts=points))
    with pytest.raises(HostError, match="Is a directory"):
        write_file(folder, FileContent("/data/some", "text"))
    assert (tmp_path / "data/some/kept").exists()


@pytest.mark.parametrize("table", ["passwd", "group", "shadow"])
def test_strange_tables_of_users_fail_a_first_boot_at_once(sandboxes: SandboxLab, tmp_path: Path, table: str) -> None:
    etc = tmp_path / "layer/etc"
    etc.mkdir(parents=True)
    os.mkfifo(etc / table)
    boot = (BootAction("add_user", name="ann", groups=("team",), password_hash="x"),)
    layers = (str(sandboxes.busybox), str(etc.parent))
    folder = sandboxes.start(sandboxes.spec(init="system", layers=layers, boot=boot))
    now = sandboxes.until(folder, lambda now: now.boot in ("done", "failed"), timeout=SOON)
    assert now.boot == "failed"
    assert f"/etc/{table}" in now.boot_error
