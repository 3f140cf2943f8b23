"""One of several nodes that keep a value together: `node.py ADDRESS...`, the addresses of all, this one's too.

Whichever node is asked asks all of them, and answers when more than half have: a value that was once written is read by
everybody afterwards, whichever node is lost. A node that was away gets the newest value with the next question.
"""

import json
import os
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.request import Request, urlopen

NODES = sys.argv[1:]
MAJORITY = len(NODES) // 2 + 1
FILE = Path(os.environ.get("DATA", "/var/lib/cluster")) / "value.json"
LOCK = Lock()
Copy = dict[str, Any]
"""A value, and its version: a number, and who gave it."""


def own() -> Copy:
    return json.loads(FILE.read_text()) if FILE.exists() else {"value": None, "version": [0, ""]}  # type: ignore[no-any-return]


def keep(copy: Copy) -> Copy:
    """Where it is newer than what is here."""
    with LOCK:
        if copy["version"] > own()["version"]:
            new = FILE.with_suffix(".new")
            with new.open("w") as file:
                file.write(json.dumps(copy))
                file.flush()
                os.fsync(file.fileno())
            new.replace(FILE)
        return own()


def ask(node: str, copy: Copy | None = None) -> list[Copy]:
    """Its copy, after it was told of ``copy``; none where it does not answer."""
    body = None if copy is None else json.dumps(copy).encode()
    try:
        with urlopen(Request(f"http://{node}:7000/copy", data=body), timeout=60) as answer:
            return [json.load(answer)]
    except OSError:
        return []


def ask_all(copy: Copy | None = None) -> list[Copy]:
    answers: list[Copy] = []
    threads = [Thread(target=lambda node=node: answers.extend(ask(node, copy))) for node in NODES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(answers) < MAJORITY:
        raise TimeoutError(f"only {len(answers)} of {len(NODES)} nodes answer")
    return answers


def newest() -> Copy:
    return max(ask_all(), key=lambda copy: copy["version"])


def read() -> Copy:
    found = newest()
    return found | {"copies": len(ask_all(found))}


def write(value: Any) -> Copy:
    number, _ = newest()["version"]
    copy = {"value": value, "version": [number + 1, os.uname().nodename]}
    return copy | {"copies": len(ask_all(copy))}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.answer({"/value": read, "/copy": own}.get(self.path))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        self.answer({"/value": lambda: write(body), "/copy": lambda: keep(body)}.get(self.path))

    def answer(self, work: Callable[[], Copy] | None) -> None:
        try:
            status, value = (404, {"error": "ask for /value"}) if work is None else (200, work())
        except TimeoutError as error:
            status, value = 503, {"error": str(error)}
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 7000), Handler).serve_forever()
