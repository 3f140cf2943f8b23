"""Programs run inside a container that runs, terminals, and its files."""

import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path

import pytest
from tests.sandbox_lab import SandboxLab

from virtwright.errors import HostError
from virtwright.providers.namespace.inside import InnerFile, read_file, write_file
from virtwright.providers.namespace.sandbox.spec import FileContent, Limits
from virtwright.providers.namespace.supervisor import status, stop

pytestmark = pytest.mark.root


@pytest.fixture
def folder(sandboxes: SandboxLab) -> Path:
    return sandboxes.start(sandboxes.spec("sleep", "600", env={"OWN": "x"}, cwd="/tmp"))


def test_a_program_runs_as_the_container_would_run_it(
    sandboxes: SandboxLab, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert sandboxes.enter(folder, "sh", "-c", "id -u; pwd; echo $OWN $HOSTNAME $MORE; exit 5", env={"MORE": "y"}) == 5
    assert capfd.readouterr().out == "0\n/tmp\nx one y\n"
    assert sandboxes.enter(folder, "sh", "-c", "id; pwd", user="worker:helpers", cwd="/etc") == 0
    assert capfd.readouterr().out == "uid=1000(worker) gid=50(helpers) groups=50(helpers)\n/etc\n"
    sandboxes.enter(folder, "grep", "-E", "CapEff|Seccomp:|NoNewPrivs", "/proc/self/status")
    assert capfd.readouterr().out == "CapEff:\t00000000a00425fb\nNoNewPrivs:\t1\nSeccomp:\t2\n"
    sandboxes.enter(folder, "sh", "-c", "ls /proc/self/fd; cat /proc/self/cgroup | cut -d: -f3 | sort -u")
    assert capfd.readouterr().out.split("\n")[:5] == ["0", "1", "2", "3", "/"]


def test_what_can_not_run_has_a_shells_exit_status(
    sandboxes: SandboxLab, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert sandboxes.enter(folder, "nonesuch") == 127
    assert sandboxes.enter(folder, "/etc/passwd") == 126
    assert sandboxes.enter(folder, "true", user="nobody-here") == 126
    assert sandboxes.enter(folder, "true", cwd="/nonesuch") == 126
    assert sandboxes.enter(folder, "sh", "-c", "kill -TERM $$") == 143
    errors = capfd.readouterr().err
    assert "command not found: nonesuch" in errors
    assert "there is no user nobody-here" in errors


def test_a_container_that_has_no_room_for_another_process_says_so(
    sandboxes: SandboxLab, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sandboxes.group(folder).set_limits(Limits(pids=2))
    assert sandboxes.enter(folder, "true") == 126
    assert "no process can be added: its limit of processes is reached (resources.pids)" in capfd.readouterr().err


def test_it_counts_towards_the_containers_limits_and_ends_with_it(sandboxes: SandboxLab, folder: Path) -> None:
    code = _call(folder, sandboxes, ("sleep", "60"))
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        sandboxes.until(folder, lambda _: _names(sandboxes, folder) == ["sleep", "sleep"])
        stop(folder, 0)
        assert process.wait(timeout=120) == 137


def _names(sandboxes: SandboxLab, folder: Path) -> list[str]:
    """Of the programs in its control group."""
    names = []
    for pid in sandboxes.group(folder).pids():
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            names.append(Path(f"/proc/{pid}/comm").read_text().strip())
    return names


def _call(folder: Path, sandboxes: SandboxLab, argv: tuple[str, ...], **options: object) -> str:
    return f"""
import sys
from pathlib import Path
from virtwright.providers.namespace.inside import enter
from virtwright.providers.namespace.supervisor import Supervisor
sys.exit(enter(Supervisor(Path({str(sandboxes.folder / "cache")!r})), Path({str(folder)!r}), {argv!r}, **{options!r}))
"""


def test_standard_input_goes_in_only_when_asked_for(sandboxes: SandboxLab, folder: Path) -> None:
    for interactive, expected in ((True, b"hello\n"), (False, b"")):
        code = _call(folder, sandboxes, ("cat",), interactive=interactive)
        done = subprocess.run([sys.executable, "-c", code], input=b"hello\n", capture_output=True, check=True)
        assert done.stdout == expected


def test_a_real_terminal(sandboxes: SandboxLab, folder: Path) -> None:
    """Typed at as a person would: size, changes of size, Ctrl-C, exit status, and the outer terminal's mode restored."""
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 101, 0, 0))
    before = termios.tcgetattr(slave)
    code = _call(folder, sandboxes, ("sh",), interactive=True, tty=True)
    launch = "import os, sys, fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", launch, sys.executable, "-c", code],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": "vt100"},
        start_new_session=True,
    )
    try:
        _type(master, "", "/tmp #")
        _type(master, "tty; stty size; echo $TERM; id -u\n", "/dev/pts/0", "33 101", "vt100")
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        _type(master, "until stty size | grep 40.120; do sleep 0.1; done\n", "40 120")
        _type(master, "sleep 60\n", "sleep 60")
        time.sleep(0.3)
        _type(master, "\x03", "^C")
        _type(master, "echo still $((40+2))\n", "still 42")
        _type(master, "exit 9\n", "exit 9")
        assert process.wait(timeout=120) == 9
        assert termios.tcgetattr(slave) == before
    finally:
        process.kill()
        process.wait()
        os.close(master)
        os.close(slave)


def _type(master: int, text: str, *answers: str) -> None:
    os.write(master, text.encode())
    seen, end = "", time.monotonic() + 120
    while not all(answer in seen for answer in answers):
        assert time.monotonic() < end, seen
        if select.select([master], [], [], 0.1)[0]:
            seen += os.read(master, 65536).decode(errors="replace")


def test_files_are_written_and_read_as_they_are_inside(sandboxes: SandboxLab, folder: Path) -> None:
    write_file(folder, FileContent("/srv/a/b", "text\n", 0o750, "worker:helpers"))
    assert read_file(folder, "/srv/a/b") == InnerFile(b"text\n", 0o750, 1000, 50)
    write_file(folder, FileContent("/srv/a/b", "other"))
    assert read_file(folder, "/srv/a/b") == InnerFile(b"other", 0o644, 0, 0)
    assert read_file(folder, "/srv/none") is None
    assert read_file(folder, "/srv/a/b/c") is None
    assert read_file(folder, "/srv/a") is None


def test_links_inside_lead_nowhere_outside(sandboxes: SandboxLab, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("of the host")
    script = f"""
        ln -s {outside} /one; ln -s ../../../../../../../../..{outside} /two; ln -s /proc/1/root{outside} /three
        ln -s /etc/passwd /four; ln -s loop /loop; mkfifo /pipe; ln -s /dev/zero /zero
    """
    assert sandboxes.enter(folder, "sh", "-c", script) == 0
    assert read_file(folder, "/one") is None
    assert read_file(folder, "/two") is None
    for name in ("/three", "/loop"):
        with pytest.raises(HostError, match="could not read"):
            read_file(folder, name)
    found = read_file(folder, "/four")
    assert found is not None
    assert found.content.startswith(b"root:x:0")
    assert read_file(folder, "/pipe") is None  # and is not waited for
    assert read_file(folder, "/zero") is None
    write_file(folder, FileContent("/one", "changed"))
    assert outside.read_text() == "of the host"


def test_what_does_not_run_can_not_be_entered(sandboxes: SandboxLab, folder: Path) -> None:
    stop(folder, 0)
    assert status(folder).state == "stopped"
    with pytest.raises(HostError, match="not running"):
        sandboxes.enter(folder, "true")
    with pytest.raises(HostError, match="not running"):
        read_file(folder, "/etc/passwd")
    with pytest.raises(HostError, match="not running"):
        write_file(folder, FileContent("/x", ""))
