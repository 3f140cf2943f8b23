"""The gate to other programs."""

import fcntl
import os
import shlex
import threading
from pathlib import Path

import pytest
from tests.waiting import until

from virtwright.errors import HostError
from virtwright.process import inherited, operand, run


def test_what_it_wrote_comes_back() -> None:
    done = run(["sh", "-c", "cat; echo bad >&2; exit 3"], input="in", check=False)
    assert (done.status, done.stdout, done.stderr) == (3, "in", "bad\n")


def test_a_failure_shows_what_was_said_and_the_command_to_run_again() -> None:
    argv = ["sh", "-c", "echo 'no such thing' >&2; exit 2", "$(touch /tmp/x)", "it's"]
    with pytest.raises(HostError, match=r"sh failed \(exit status 2\): no such thing") as caught:
        run(argv)
    command = (caught.value.hint or "").splitlines()[-1]
    assert command.startswith("    ")
    assert shlex.split(command) == argv


def test_no_shell_reads_the_arguments() -> None:
    hostile = ["$(id)", "`id`", "; id", "a\nb", "-n", "%s"]
    assert run(["printf", "%s|", *hostile]).stdout == "".join(f"{word}|" for word in hostile)


def test_a_missing_program_names_its_package() -> None:
    with pytest.raises(HostError, match="'no-such-program' is not installed") as caught:
        run(["no-such-program"], package="some-package")
    assert caught.value.hint == "    apt-get install some-package"


def test_a_program_that_hangs_is_given_up() -> None:
    with pytest.raises(HostError, match=r"gave up after 0\.1s: sleep 30"):
        run(["sleep", "30"], timeout=0.1)


def test_a_nul_is_an_error_and_not_a_bug() -> None:
    with pytest.raises(HostError, match="could not run"):
        run(["printf", "a\0b"])


def test_the_environment_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", "hunter2")
    lines = run(["env"], env={"GIVEN": "yes"}).stdout.splitlines()
    assert {line.split("=")[0] for line in lines} <= {
        "PATH",
        "LC_ALL",
        "GIVEN",
        "PWD",
        "SHLVL",
        "_",
        "COVERAGE_PROCESS_CONFIG",
    }
    assert "GIVEN=yes" in lines


def test_file_names_are_never_options() -> None:
    assert [operand(text) for text in ("-rf", "a", "/-x")] == ["./-rf", "a", "/-x"]


def test_a_lock_is_held_until_the_programs_run_under_it_end(tmp_path: Path) -> None:
    """As after a kill: the holder's own descriptor is closed, the program still runs."""
    path = tmp_path / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)

    def work() -> None:
        with inherited(descriptor):
            run(["sh", "-c", f"touch {path}-runs; until test -e {path}-go; do sleep 0.05; done"])

    thread = threading.Thread(target=work)
    thread.start()
    until("it runs", Path(f"{path}-runs").exists)
    os.close(descriptor)
    other = os.open(path, os.O_RDWR)
    with pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    Path(f"{path}-go").touch()
    thread.join()
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)
