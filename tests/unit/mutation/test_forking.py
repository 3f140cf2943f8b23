"""The forks that try mutants."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.mutation.modules import ROOT
from tests.waiting import until

SERVER: Final = """
import os, signal, sys
from pathlib import Path
from tests.mutation.forking import Limits, in_a_fork

folder = Path(sys.argv[1])
if in_a_fork(Limits(60, 60), folder / "output") is None:
    (folder / "new").write_text(str(os.getpid()))
    (folder / "new").rename(folder / "pid")
    signal.alarm(60)  # where it would outlive the test
    signal.pause()
"""


def test_a_fork_does_not_outlive_what_made_it(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    with subprocess.Popen([sys.executable, "-c", SERVER, str(tmp_path)], cwd=ROOT) as server:
        until("the fork is there", pid.exists)
        server.kill()
    fork = Path("/proc", pid.read_text(encoding="utf-8"), "stat")
    until("it has ended", lambda: _has_ended(fork), seconds=30)


def _has_ended(stat: Path) -> bool:
    try:
        return stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"  # where nobody reaps orphans
    except (FileNotFoundError, ProcessLookupError):
        return True
