"""Processes that are forked from one which has imported what they need. There is one of these for each process of tests, so that
there can be only one list of what it imports (``tests/preloaded.py``)."""

import multiprocessing
from multiprocessing.forkserver import ensure_running
from typing import Final

FORKS: Final = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.preloaded"])


def begin() -> None:
    """Start it now: what is forked later has the namespaces of this moment, wherever the test that asks for it has gone."""
    ensure_running()
