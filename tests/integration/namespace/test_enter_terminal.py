"""``exec`` at an operator's terminal: the container gets nothing of it, and the operator all that he expects."""

import os
import signal
import subprocess
import sys
import termios
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.desk import Desk
from tests.sandbox_lab import SandboxLab
from tests.waiting import until

from virtwright.providers.namespace.inside import read_file
from virtwright.providers.namespace.sandbox.spec import SandboxSpec

pytestmark = pytest.mark.root

_PROBE = r"""
tty; for fd in 0 1 2; do [ -t $fd ] && echo "$fd is a terminal"; readlink /proc/self/fd/$fd; done
(: <>/dev/tty) 2>&1 | sed 's/.*: //'
"""
_NO_TERMINAL = ["not a tty", "/dev/null", "pipe", "pipe", "No such device or address"]
_PUSH = r"""
use strict; my $pushed = 0;
for my $path ("/dev/tty", map { "/proc/self/fd/$_" } 0 .. 9) {
    for my $mode ("<", "+<", ">") { open(my $f, $mode, $path) or next; $pushed += 1 if ioctl($f, 0x5412, my $c = "X"); }
}
print "pushed $pushed\n";
"""
"""TIOCSTI, at whatever can be reached."""


@pytest.fixture
def folder(sandboxes: SandboxLab) -> Path:
    return sandboxes.start(sandboxes.spec("sleep", "600", cwd="/tmp"))


def operator(sandboxes: SandboxLab, folder: Path, *argv: str, **options: Any) -> list[str]:
    """The command line of somebody who runs ``argv`` inside."""
    code = f"""
import sys
from pathlib import Path
from virtwright.providers.namespace.inside import enter
from virtwright.providers.namespace.supervisor import Supervisor
sys.exit(enter(Supervisor(Path({str(sandboxes.folder / "cache")!r})), Path({str(folder)!r}), {argv!r}, **{options!r}))
"""
    return [sys.executable, "-c", code]


def quoted(sandboxes: SandboxLab, folder: Path, script: str, **options: Any) -> str:
    """The same, for a shell that runs ``script`` inside, to be typed at a shell here."""
    program = sandboxes.folder / f"program-{abs(hash(script))}.py"
    program.write_text(operator(sandboxes, folder, "sh", "-c", script, **options)[2])
    return f"{sys.executable} {program}"


def plain(text: str) -> list[str]:
    """Lines; a pipe is called so whichever it is."""
    return ["pipe" if line.startswith("pipe:") else line for line in text.replace("\r\n", "\n").strip().split("\n")]


def inside(folder: Path, path: str) -> str:
    found = read_file(folder, path)
    return "" if found is None else found.content.decode()


def test_without_t_there_is_no_terminal_inside(sandboxes: SandboxLab, folder: Path) -> None:
    for interactive in (False, True):
        with Desk() as desk:
            process = desk.start(operator(sandboxes, folder, "sh", "-c", _PROBE, interactive=interactive))
            said = plain(desk.wait_for("No such device or address"))
            assert process.wait(120) == 0
        assert said == [_NO_TERMINAL[0], "pipe" if interactive else "/dev/null", *_NO_TERMINAL[2:]]


@pytest.mark.parametrize("privileged", [False, True])
def test_nothing_can_be_typed_for_the_operator(sandboxes: SandboxLab, privileged: bool) -> None:
    """A privileged container has no filter of system calls, so that nothing but the missing terminal stands in the way."""
    spec = SandboxSpec("two", str(sandboxes.folder / "two"), argv=("sleep", "600"), privileged=privileged)
    folder = sandboxes.start(spec)
    with Desk() as desk:
        process = desk.start(operator(sandboxes, folder, "perl", "-e", _PUSH, interactive=True))
        desk.wait_for("pushed 0")
        assert process.wait(120) == 0
        process = desk.start(operator(sandboxes, folder, "perl", "-e", _PUSH, interactive=True, tty=True))
        desk.wait_for("pushed")  # into its own terminal, perhaps
        process.wait(120)
        process = desk.start(["sh", "-c", "read line; echo got $line."])
        desk.type("typed\n")
        desk.wait_for("got typed.")


@pytest.mark.parametrize("tty", [False, True])
def test_what_is_left_behind_hears_nothing_of_what_is_typed_afterwards(
    sandboxes: SandboxLab, folder: Path, tty: bool
) -> None:
    script = """
        for path in /dev/tty /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2; do
            (exec <>$path) 2>/dev/null && { setsid cat $path >>/tmp/heard 2>&1 & }
        done
        for fd in 0 1 2; do setsid cat <&$fd >>/tmp/heard 2>&1 & done
        echo "left "behind; exit 7
    """
    command = quoted(sandboxes, folder, script, tty=tty, interactive=True)
    with Desk() as desk:
        shell = desk.start(["sh", "-i"], environment={"PS1": "$ ", "ENV": ""})
        desk.wait_for("$ ")
        desk.type(f"{command}; echo status $?\n")
        desk.wait_for("left behind", "status 7", "$ ")
        for number in range(8):
            desk.type(f"stty -echo; read secret; stty echo; echo length ${{#secret}}.{number}\n")
            desk.wait_for("length $")
            until("the echo is off", lambda: not termios.tcgetattr(desk.slave)[3] & termios.ECHO)
            desk.type("hunter2\n")
            desk.wait_for(f"length 7.{number}", "$ ")
        desk.type("exit\n")
        shell.wait(120)
    assert "hunter2" not in inside(folder, "/tmp/heard")


def test_keys_end_what_runs_inside_with_what_it_has_begun(sandboxes: SandboxLab, folder: Path) -> None:
    for key, status, script, begun in (
        ("\x03", 130, "sleep 654 | tail", ["sh", "sleep", "sleep", "tail"]),
        ("\x1c", 131, "exec tail -f /dev/null", ["sleep", "tail"]),
    ):
        with Desk() as desk:
            process = desk.start(operator(sandboxes, folder, "sh", "-c", script))
            until("it has begun", partial(_run, sandboxes, folder, begun))
            desk.type(key)
            assert process.wait(120) == status
        until("nothing is left", lambda: len(sandboxes.group(folder).pids()) == 1)


def test_a_signal_that_interrupts_nothing_here_is_passed_on(sandboxes: SandboxLab, folder: Path) -> None:
    """As one that comes just before the relay waits: here it is taken by a thread that does not relay."""
    python, option, code = operator(sandboxes, folder, "sh", "-c", "echo here; exec sleep 600")
    aside = """
import signal, threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
"""
    with Desk() as desk:
        process = desk.start([python, option, aside + code])
        desk.wait_for("here")
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 130


def _run(sandboxes: SandboxLab, folder: Path, names: list[str]) -> bool:
    """Whether just these processes run inside, besides the keeper."""
    found = []
    for pid in sandboxes.group(folder).pids():
        with suppress(FileNotFoundError, ProcessLookupError):
            found.append(Path(f"/proc/{pid}/comm").read_text().strip())
    return sorted(name for name in found if not name.startswith("python")) == names


def test_a_signal_is_for_the_program_and_what_it_does_with_it_counts(sandboxes: SandboxLab, folder: Path) -> None:
    script = "trap 'echo heard; exit 4' TERM; echo here; while :; do sleep 0.05; done"
    with Desk() as desk:
        process = desk.start(operator(sandboxes, folder, "sh", "-c", script))
        desk.wait_for("here")
        process.send_signal(signal.SIGTERM)
        desk.wait_for("heard")
        assert process.wait(120) == 4
        ignoring = ["sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh"]
        process = desk.start([*ignoring, *operator(sandboxes, folder, "sh", "-c", "echo here; sleep 1; echo done")])
        desk.wait_for("here")
        process.send_signal(signal.SIGHUP)  # as nohup has it
        desk.wait_for("done")
        assert process.wait(120) == 0


@pytest.mark.parametrize(
    ("way", "stubborn", "tty"),
    [("killed", True, False), ("killed", False, True), ("window closed", True, True), ("window closed", False, False)],
)
def test_it_ends_when_the_operator_is_gone(
    sandboxes: SandboxLab, folder: Path, way: str, stubborn: bool, tty: bool
) -> None:
    trap = "trap '' HUP TERM;" if stubborn else ""
    script = f"{trap} sleep 654 & echo here; sleep 654; echo more; sleep 654"
    with Desk() as desk:
        process = desk.start(operator(sandboxes, folder, "sh", "-c", script, tty=tty, interactive=tty))
        desk.wait_for("here")
        assert len(sandboxes.group(folder).pids()) > 1
        if way == "killed":
            process.send_signal(signal.SIGKILL)
        else:
            desk.hang_up()
        process.wait(120)
        until("nothing is left", lambda: len(sandboxes.group(folder).pids()) == 1)


@pytest.mark.parametrize("tty", [False, True])
def test_a_program_in_the_background_that_keeps_the_output_holds_nobody_up(
    sandboxes: SandboxLab, folder: Path, tty: bool
) -> None:
    for noise in ("sleep 600", "yes"):
        with Desk() as desk:
            script = f"nohup setsid {noise} & echo began; exit 5"
            process = desk.start(operator(sandboxes, folder, "sh", "-c", script, tty=tty))
            desk.wait_for("began")
            _read_to_the_end(desk, process)
            assert process.returncode == 5


def _read_to_the_end(desk: Desk, process: "subprocess.Popen[bytes]") -> None:
    """Read, so that it need not wait, until it has ended."""
    os.set_blocking(desk.master, False)

    def ended() -> bool:
        with suppress(BlockingIOError):
            while os.read(desk.master, 65536):
                pass
        return process.poll() is not None

    until("it has ended", ended)


def test_a_terminal_is_the_users_own_and_gives_all_that_was_written(sandboxes: SandboxLab, folder: Path) -> None:
    script = "tty; stty size; stat -c %U $(tty); echo again >/dev/tty; seq 30000; echo end"
    with Desk(rows=33, columns=101) as desk:
        process = desk.start(
            operator(sandboxes, folder, "sh", "-c", script, tty=True, interactive=True, user="worker"),
        )
        said = plain(desk.wait_for("end\r\n"))
        assert process.wait(120) == 0
    assert said == ["/dev/pts/0", "33 101", "worker", "again", *map(str, range(1, 30001)), "end"]


def test_what_was_typed_ahead_counts(sandboxes: SandboxLab, folder: Path) -> None:
    with Desk() as desk:
        desk.type("exit 4\n")
        process = desk.start(operator(sandboxes, folder, "sh", tty=True, interactive=True))
        assert process.wait(120) == 4
