"""A worker: takes a script from the queue, runs it as nobody in an empty folder, and sends back what it printed."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Any
from urllib.request import Request, urlopen

QUEUE, NAME = os.environ["QUEUE"], os.environ["NAME"]
SCRATCH = Path("/scratch")
NOBODY = 65534
MOST_OUTPUT = 64 * 1024
PAUSE = 0.2


def ask(path: str, value: dict[str, Any]) -> Any:
    request = Request(QUEUE + path, data=json.dumps(value).encode(), method="POST")
    with urlopen(request, timeout=10) as answer:
        return json.load(answer)


def run(job: dict[str, Any]) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(dir=SCRATCH))
    try:
        os.chown(folder, NOBODY, NOBODY)
        status, output = execute(job, folder)
        return {"id": job["id"], "status": status, "output": output}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def execute(job: dict[str, Any], folder: Path) -> tuple[int, str]:
    process = subprocess.Popen(
        ["/bin/bash", "-euo", "pipefail", "-c", job["script"]],
        cwd=folder,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        start_new_session=True,
    )
    printed = bytearray()
    reader = threading.Thread(target=read, args=(process.stdout, printed))
    reader.start()
    note = ""
    try:
        status = process.wait(job["timeout"])
    except subprocess.TimeoutExpired:
        status, note = 124, f"\nstopped after {job['timeout']:g} s\n"
    finally:
        # What the script left running in the background goes with it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        reader.join(timeout=5)
    return status, printed.decode(errors="replace") + note


def read(pipe: IO[bytes], printed: bytearray) -> None:
    """Keep the beginning, and read on, so that a script which prints much is not stopped by a full pipe."""
    while chunk := os.read(pipe.fileno(), 65536):
        printed += chunk[: MOST_OUTPUT - len(printed)]


def main() -> None:
    while True:
        try:
            job = ask("/take", {"worker": NAME})
            if job:
                print(f"job {job['id']}", flush=True)
                ask("/finish", run(job))
                continue
        except OSError as error:
            print(f"the queue does not answer: {error}", flush=True)
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
