"""Processes that are forked from one which has imported what they need. There is one of these for each process of tests, so that
there can be only one list of what it imports (``tests/preloaded.py``)."""

import multiprocessing
import os
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from typing import Final

from tests import quick_keys

FORKS: Final = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.preloaded"])


def begin(keys: Path) -> None:
    """Start it now: what is forked later has the namespaces of this moment, wherever the test that asks for it has gone. Keys that it stretches are
    remembered in the folder."""
    keys.mkdir(mode=0o700)
    os.environ[quick_keys.FOLDER] = str(keys)
    ensure_running()
    del os.environ[quick_keys.FOLDER]
