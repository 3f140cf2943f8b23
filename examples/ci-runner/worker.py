"""A worker: takes a script from the queue, runs it as nobody in an empty folder, and sends back what it printed."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any
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
    os.chown(folder, NOBODY, NOBODY)
    printed = folder.with_suffix(".output")
    try:
        with printed.open("wb") as output:
            status, note = execute(job, folder, output.fileno())
        with printed.open("rb") as output:
            text = output.read(MOST_OUTPUT).decode(errors="replace")
        return {"id": job["id"], "status": status, "output": text + note}
    finally:
        printed.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


def execute(job: dict[str, Any], folder: Path, output: int) -> tuple[int, str]:
    process = subprocess.Popen(
        ["/bin/bash", "-euo", "pipefail", "-c", job["script"]],
        cwd=folder,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        start_new_session=True,
    )
    try:
        return process.wait(job["timeout"]), ""
    except subprocess.TimeoutExpired:
        return 124, f"\nstopped after {job['timeout']:g} s\n"
    finally:
        # What the script left running in the background goes with it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


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
