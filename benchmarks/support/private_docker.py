"""A Docker daemon of a benchmark's own: its data, socket and network are private and go with it.

Refused by ``VIRTWRIGHT_BENCH_DOCKER=0``; it needs Debian's docker.io (or any dockerd) to be installed, not running.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

WANTED: Final = os.environ.get("VIRTWRIGHT_BENCH_DOCKER") != "0"
_PATIENCE: Final = 60.0


def why_missing() -> str:
    """Empty where ``private_docker`` can be used."""
    if not WANTED:
        return "VIRTWRIGHT_BENCH_DOCKER=0 says so"
    lacking = [name for name in ("docker", "dockerd", "containerd", "runc") if shutil.which(name) is None]
    return f"{', '.join(lacking)} not installed (Debian: docker.io)" if lacking else ""


@contextmanager
def private_docker() -> Iterator[list[str]]:
    """How to call the client of a new daemon, which lives in the calling thread's network namespace.

    Raises ``RuntimeError`` with the daemon's last words where it does not come up."""
    with tempfile.TemporaryDirectory(prefix="vw-docker-", ignore_cleanup_errors=True) as text:
        folder = Path(text)
        client = ["docker", "--host", f"unix://{folder}/socket"]
        log = folder / "log"
        options = {
            "host": client[-1],
            "data-root": folder / "data",
            "exec-root": folder / "run",
            "pidfile": folder / "pid",
        }
        with log.open("wb") as sink:
            argv = ["dockerd", *(word for name, value in options.items() for word in (f"--{name}", str(value)))]
            daemon = subprocess.Popen(argv, stdout=sink, stderr=sink)
        try:
            _await(client, daemon, log)
            yield client
        finally:
            daemon.terminate()
            daemon.wait(timeout=_PATIENCE)


def _await(client: list[str], daemon: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while subprocess.run([*client, "info"], capture_output=True, check=False).returncode:
        if daemon.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the Docker daemon did not start: {log.read_text(errors='replace')[-500:]}")
        time.sleep(0.2)
