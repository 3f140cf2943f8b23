"""A plugin of pytest that gives a few tests that waited for daemons of others in vain a second try, alone: see ``docs/decisions/0455``.

python -m pytest -p tests.second_try -n 3
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pytest

from tests import unsteady

MOST: Final = 8
"""When more than these fail, it is not for want of processor time."""
WAITING: Final = (
    "tests/e2e/test_docker_",
    "tests/e2e/test_enter.py",
    "tests/e2e/test_export.py",
    "tests/e2e/test_import",
    "tests/e2e/test_lab_examples.py",
    "tests/e2e/test_libvirt_host.py",
    "tests/e2e/test_lost_host.py",
    "tests/e2e/test_other_kind_of_host.py",
    "tests/e2e/test_snapshots.py",
    "tests/e2e/test_swarm_shop.py",
    "tests/integration/compose/test_round_trip.py",
    "tests/integration/docker/",
    "tests/integration/lab/test_hosts.py",
    "tests/integration/lab/test_moves.py",
    "tests/integration/libvirt/",
    "tests/integration/ssh/",
    "tests/integration/state/test_postgresql",
    "tests/integration/swarm/",
)
"""The tests that wait for what is not ours: dockerd, libvirtd, sshd, PostgreSQL, guests under emulation. All others have one try."""
CRASHES: Final = re.compile("kill|crash|cut_off|restart")
"""Of these, what kills something: what it leaves is different the second time."""


def has_second_try(test: str) -> bool:
    """By the id of a test."""
    return test.startswith(WAITING) and not CRASHES.search(test)


class SecondTry:
    """In the process that prints the summary."""

    def __init__(self) -> None:
        self._crashed = 0

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, error: object) -> None:
        """A process of tests ended. What it did is not known where that was unasked for."""
        self._crashed += error is not None

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Iterator[None]:
        """When all processes have ended, and before the summary is printed."""
        yield
        reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
        if self._crashed:
            reporter.ensure_newline()
            reporter.write_sep("=", f"processes of tests that crashed: {self._crashed}", red=True)
            if exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
        elif exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            _finish(session, reporter)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(SecondTry(), "second_try")


def _finish(session: pytest.Session, reporter: Any) -> None:
    reports = [*reporter.stats.get("failed", ()), *reporter.stats.get("error", ())]
    failed = list(dict.fromkeys(report.nodeid for report in reports))
    if may_try_again(failed):
        reporter.ensure_newline()
        reporter.write_sep("=", "what failed waits for daemons of others: it is tried once more, alone")
        passed = _pass_alone(failed, session.config.getoption("timeout", None))
    else:
        passed = False
    run = unsteady.Run.now({report.nodeid: _why(report) for report in reports} if passed else {})
    runs = unsteady.last([*unsteady.read(), run])
    if passed or _is_whole(session.config):
        unsteady.keep(run)
    reporter.ensure_newline()
    if passed:
        _tell(session, reporter, run, runs, reports)
    reporter.write_sep("=", "unsteady: failed in company, passed alone")
    for line in unsteady.report(runs):
        reporter.write_line(line)


def may_try_again(failed: Sequence[str]) -> bool:
    return 0 < len(failed) <= MOST and all(map(has_second_try, failed))


def _tell(
    session: pytest.Session, reporter: Any, run: unsteady.Run, runs: Sequence[unsteady.Run], reports: Any
) -> None:
    """The failures, and what to add to the list. The run passes, but for tests that were unsteady before."""
    reporter.summary_errors()
    reporter.summary_failures()
    for test in run.unsteady:
        reporter.write_line(f"UNSTEADY {test}")
    again = unsteady.twice(runs).keys() & run.unsteady.keys()
    for test in sorted(again):
        reporter.write_line(f"UNSTEADY AGAIN, so it fails: {test}", red=True)
    reporter.write_line(f"\nMend it, or add this to {unsteady.LIST.name} with the reason:\n\n{run}")
    if not again:
        reporter.stats.pop("failed", None)
        reporter.stats.pop("error", None)
        reporter.stats["unsteady"] = reports
        session.exitstatus = pytest.ExitCode.OK


def _why(report: Any) -> str:
    """What it failed with, in one line."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return (crash.message if crash else str(report.longrepr)).partition("\n")[0][:120]


def _is_whole(config: pytest.Config) -> bool:
    """Whether all tests were to run. A part that went well says little of the others."""
    chosen = config.getoption("keyword") or config.getoption("markexpr") or config.getoption("deselect")
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not chosen


def _pass_alone(failed: Sequence[str], timeout: float | None) -> bool:
    sys.stdout.flush()
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *failed]
    words += [] if timeout is None else [f"--timeout={timeout}"]
    return subprocess.run(words, check=False).returncode == pytest.ExitCode.OK
