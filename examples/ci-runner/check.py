#!/usr/bin/env python3
"""See that the runner works: `TOKEN=... check.py [URL]`. Exits with 1, and says why, where it does not."""

import json
import os
import sys
import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

PATIENCE = 60.0


def ask(url: str, token: str, job: dict[str, Any] | None = None) -> Any:
    body = None if job is None else json.dumps(job).encode()
    with urlopen(Request(url, data=body, headers={"Authorization": f"Bearer {token}"}), timeout=15) as answer:
        return json.load(answer)


def run(url: str, token: str, script: str, timeout: float = 30) -> dict[str, Any]:
    number = ask(f"{url}/jobs", token, {"script": script, "timeout": timeout})["id"]
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        job: dict[str, Any] = ask(f"{url}/jobs/{number}", token)
        if job["state"] == "done":
            return job
        time.sleep(0.1)
    sys.exit(f"job {number} was not done after {PATIENCE:.0f} s")


def expect(what: str, seen: object, wanted: object) -> None:
    if seen != wanted:
        sys.exit(f"{what}: {seen!r}, not {wanted!r}")


def main() -> None:
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8090"
    token = os.environ.get("TOKEN") or sys.exit("set TOKEN to the stack's token")
    try:
        ask(f"{url}/jobs", "not-the-token", {"script": "true"})
        sys.exit("the queue took a job from somebody without the token")
    except HTTPError as error:
        expect("status for a stranger", error.code, 401)
    job = run(url, token, "whoami; python3 -c 'print(6 * 7)'; pwd | cut -d/ -f2")
    expect("output", job["output"], "nobody\n42\nscratch\n")
    expect("status of a failing script", run(url, token, "exit 3")["status"], 3)
    expect("status of an endless script", run(url, token, "sleep 100", timeout=0.5)["status"], 124)
    expect("writing outside", run(url, token, "touch /etc/mine 2>/dev/null || echo refused")["output"], "refused\n")
    full = run(url, token, "head -c 200M /dev/zero > big 2>/dev/null || echo full")
    expect("a full scratch volume", full["output"], "full\n")
    print(f"{url} answers: jobs ran on {job['worker']}, limits hold")


if __name__ == "__main__":
    main()
