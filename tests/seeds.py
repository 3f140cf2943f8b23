"""A plugin of pytest for what chance decides in a run: the order of sets, and the inputs of property tests. It tells both, so that a run can be had again.

PYTHONHASHSEED=1 HYPOTHESIS_SEED=7 make test
"""

import os
import random
from typing import Final

import pytest

HASHES: Final = "PYTHONHASHSEED"
"""Python's own: of each process of tests and each program that they start. Where it is not given, each has another."""
INPUTS: Final = "HYPOTHESIS_SEED"
_OPTION: Final = "hypothesis_seed"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Before hypothesis reads its option, which the processes of tests are given too."""
    if hasattr(config.option, _OPTION) and config.getoption(_OPTION) is None:
        setattr(config.option, _OPTION, os.environ.get(INPUTS) or str(random.SystemRandom().getrandbits(32)))


def pytest_report_header(config: pytest.Config) -> str:
    return _told(config)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(_told(terminalreporter.config))


def _told(config: pytest.Config) -> str:
    return f"{HASHES}={os.environ.get(HASHES, 'random')} {INPUTS}={config.getoption(_OPTION, 'none')}"
