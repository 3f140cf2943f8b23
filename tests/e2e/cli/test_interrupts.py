"""Ctrl-C, pipes that close, and bugs: how a command line ends when it does not end well."""

import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests import fake_scheme
from tests.e2e.cli.conftest import PASSWORD, Shop
from tests.waiting import until


def wait_until_creating(shop: Shop, process: "subprocess.Popen[str]") -> str:
    """Read lines until the slow machine is being made."""
    assert process.stdout is not None
    seen = ""
    while "vms.db creating" not in seen:
        line = process.stdout.readline()
        assert line, f"ended early: {seen}"
        seen += line
    time.sleep(0.2)
    return seen


def interrupt_twice(process: "subprocess.Popen[str]") -> None:
    """Two signals at once may arrive as one."""
    assert process.stderr is not None
    process.send_signal(signal.SIGINT)
    while "finishing what is under way" not in (line := process.stderr.readline()):
        assert line, "ended at the first interrupt"
    process.send_signal(signal.SIGINT)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_interrupt_finishes_what_is_under_way(shop: Shop, number: signal.Signals) -> None:
    shop.environment[fake_scheme.FAULT] = "create:db:slow"
    process = shop.start("apply", "--yes")
    wait_until_creating(shop, process)
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "finishing what is under way" in err
    assert "✓ vms.db created" in out
    assert "containers.web skipped" in out
    assert "The same command again goes on from here." in out
    assert shop.world.names() == ["back", "data", "db"]
    assert shop.type("apply", "--yes").code == 0
    assert shop.world.names() == ["back", "data", "db", "web"]


def test_a_second_interrupt_stops_at_once_and_the_next_run_goes_on(shop: Shop) -> None:
    shop.environment[fake_scheme.FAULT] = "create:db:slow"
    process = shop.start("apply", "--yes")
    wait_until_creating(shop, process)
    interrupt_twice(process)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "stopping at once" in err
    assert shop.type("apply", "--yes").code == 0
    assert shop.world.names() == ["back", "data", "db", "web"]
    assert shop.type("plan", "--exit-code").code == 0


def test_a_second_interrupt_does_not_wait_for_a_host_that_hangs(shop: Shop) -> None:
    shop.environment[fake_scheme.FAULT] = "create:db:hang"
    process = shop.start("apply", "--yes")
    wait_until_creating(shop, process)
    started = time.monotonic()
    interrupt_twice(process)
    out, err = process.communicate(timeout=120)
    assert time.monotonic() - started < 60
    assert process.returncode == 130
    assert "Traceback" not in err + out
    del shop.environment[fake_scheme.FAULT]
    assert shop.type("state", "history").out.count("interrupted") == 1
    assert shop.type("apply", "--yes").code == 0
    assert shop.world.names() == ["back", "data", "db", "web"]


def test_an_interrupted_plan_does_not_wait_for_a_host_that_hangs(applied: Shop) -> None:
    applied.environment[fake_scheme.FAULT] = "observe::hang"
    process = applied.start("plan")
    until("its host hangs", Path(f"{applied.environment[fake_scheme.FOLDER]}-hang").exists)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in err


def test_a_closed_pipe_is_no_error_message(applied: Shop) -> None:
    process = applied.start("state", "export")
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
    assert err == ""
    assert process.returncode == 1


def test_a_full_disk_behind_standard_output_is_an_error(shop: Shop) -> None:
    with Path("/dev/full").open("w") as full:
        process = shop.start("schema", stdout=full)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "can't write to standard output: No space left on device" in err
    assert "Traceback" not in err


def test_an_exception_of_a_provider_shows_no_secret(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.edit("command: [serve]", "command: [serve, '${config.db_password}']")
    monkeypatch.setenv(fake_scheme.FAULT, "create:db:crash")
    answer = shop.type("apply", "--yes")
    assert answer.code == 1
    assert "bug in the provider" in answer.out
    assert PASSWORD not in answer.out + answer.err


def test_a_bug_is_reported_as_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError(PASSWORD)

    monkeypatch.setattr("virtwright.stacks.load.load_stack", fail)
    answer = shop.type("plan")
    assert answer.code == 1
    assert answer.err.startswith("This is a bug in virtwright.\n  ZeroDivisionError at ")
    assert PASSWORD not in answer.err
    assert "Traceback" not in answer.err
    assert "Traceback" in shop.type("plan", "--verbose").err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("plna",), "No such command 'plna'"),
        (("plan", "--tarmac"), "No such option: --tarmac"),
        (("apply", "--lease-wait", "soon"), "--lease-wait"),
        (("show",), "Missing argument"),
        (("state",), "Missing command"),
    ],
)
def test_a_wrong_command_line_exits_with_1_and_shows_help(shop: Shop, arguments: tuple[str, ...], message: str) -> None:
    answer = shop.type(*arguments)
    assert answer.code == 1
    assert message in answer.err
    assert "--help" in answer.err


def test_no_words_at_all_print_the_help(shop: Shop) -> None:
    answer = shop.type()
    assert answer.code == 0
    assert answer.out.startswith("Usage: virtwright")
