"""The lock between processes: who waits too long is told who holds it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from virtwright.errors import HostError
from virtwright.providers.namespace import file_lock

HOLD = "import fcntl, sys, time; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); time.sleep(60)"


def test_a_stopped_holder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        holder.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, holder.pid, os.WSTOPPED)
        descriptor = os.open(path, os.O_RDWR)
        with pytest.raises(
            HostError, match=rf"waited 100ms for the lock {path}, held by process {holder.pid}, stopped: "
        ) as told:
            file_lock.take(descriptor, patience=0.1)
        assert f"kill -CONT {holder.pid}" in (told.value.hint or "")
        holder.kill()
        holder.wait()
        file_lock.take(descriptor, patience=5)
        os.close(descriptor)
