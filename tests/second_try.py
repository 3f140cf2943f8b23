"""A plugin of pytest that gives a few tests that failed a second try, alone: see ``docs/decisions/0260``.

python -m pytest -p tests.second_try -n 3
"""

import subprocess
import sys
from collections.abc import Iterator
from typing import Final

import pytest

MOST: Final = 8
"""When more than these fail, it is not for want of processor time."""
PURE: Final = "tests/property/"
"""What fails here fails by its input, whatever else goes on."""


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Iterator[None]:
    """When all workers have ended, and before the summary is printed."""
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if hasattr(session.config, "workerinput") or reporter is None or exitstatus != pytest.ExitCode.TESTS_FAILED:
        return
    reports = [*reporter.stats.get("failed", ()), *reporter.stats.get("error", ())]
    failed = list(dict.fromkeys(report.nodeid for report in reports))
    if not failed or len(failed) > MOST or any(each.startswith(PURE) for each in failed):
        return
    reporter.ensure_newline()
    reporter.write_sep("=", "what failed is tried once more, alone")
    if not _pass_alone(failed, session.config.getoption("timeout", None)):
        return
    reporter.summary_errors()
    reporter.summary_failures()
    reporter.write_sep("=", "unsteady: failed in company, passed alone", yellow=True)
    for each in failed:
        reporter.write_line(f"UNSTEADY {each}")
    reporter.stats.pop("failed", None)
    reporter.stats.pop("error", None)
    reporter.stats["unsteady"] = reports
    session.exitstatus = pytest.ExitCode.OK


def _pass_alone(failed: list[str], timeout: float | None) -> bool:
    sys.stdout.flush()
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *failed]
    words += [] if timeout is None else [f"--timeout={timeout}"]
    return subprocess.run(words, check=False).returncode == pytest.ExitCode.OK
