"""The queue. Clients hand in scripts on port 8080 and must show the token; workers take them on port 8081.

Only port 8080 is published. Results are kept on a volume; a script that was being run when the queue stopped is run again.
"""

import hmac
import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TOKEN = os.environ["TOKEN"]
DATABASE = Path(os.environ.get("DATA", "/var/lib/queue")) / "queue.sqlite"
LARGEST = 64 * 1024
"""Most bytes of a script."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY, script TEXT NOT NULL, timeout REAL NOT NULL, state TEXT NOT NULL,
    worker TEXT, status INTEGER, output TEXT
);
UPDATE jobs SET state = 'waiting', worker = NULL WHERE state = 'running';
"""
FIELDS = ("id", "state", "worker", "status", "output")


@contextmanager
def transaction() -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(DATABASE, timeout=10)
    try:
        with database:
            yield database
    finally:
        database.close()


def add(job: dict[str, Any]) -> dict[str, Any]:
    values = (str(job["script"]), min(float(job.get("timeout", 60)), 3600.0))
    with transaction() as database:
        made = database.execute("INSERT INTO jobs (script, timeout, state) VALUES (?, ?, 'waiting')", values)
    return {"id": made.lastrowid}


def show(number: int) -> dict[str, Any] | None:
    with transaction() as database:
        row = database.execute(f"SELECT {', '.join(FIELDS)} FROM jobs WHERE id = ?", (number,)).fetchone()
    return dict(zip(FIELDS, row, strict=True)) if row else None


def take(worker: str) -> dict[str, Any] | None:
    """Hand the oldest waiting script to a worker."""
    with transaction() as database:
        row = database.execute(
            "UPDATE jobs SET state = 'running', worker = ? WHERE id = (SELECT min(id) FROM jobs WHERE state = 'waiting')"
            " RETURNING id, script, timeout",
            (worker,),
        ).fetchone()
    return {"id": row[0], "script": row[1], "timeout": row[2]} if row else None


def finish(result: dict[str, Any]) -> None:
    with transaction() as database:
        database.execute(
            "UPDATE jobs SET state = 'done', status = ?, output = ? WHERE id = ?",
            (result["status"], result["output"], result["id"]),
        )


class Handler(BaseHTTPRequestHandler):
    def body(self) -> dict[str, Any]:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST * 2:
            raise ValueError(f"more than {LARGEST} bytes")
        value = json.loads(self.rfile.read(length))
        if not isinstance(value, dict):
            raise TypeError("not a JSON object")
        return value

    def answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class ClientHandler(Handler):
    def do_GET(self) -> None:
        number = self.path.removeprefix("/jobs/")
        if self.path == "/health":
            self.answer(200, {"ok": True})
        elif not self.allowed():
            self.answer(401, {"error": "show the token: Authorization: Bearer ..."})
        elif number.isdecimal() and (job := show(int(number))):
            self.answer(200, job)
        else:
            self.answer(404, {"error": "no such job"})

    def do_POST(self) -> None:
        if not self.allowed():
            self.answer(401, {"error": "show the token: Authorization: Bearer ..."})
            return
        try:
            self.answer(202, add(self.body()))
        except (ValueError, TypeError, KeyError) as error:
            self.answer(400, {"error": f"not a job: {error}"})

    def allowed(self) -> bool:
        shown = self.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(shown.encode(), TOKEN.encode())


class WorkerHandler(Handler):
    def do_POST(self) -> None:
        body = self.body()
        if self.path == "/take":
            self.answer(200, take(body["worker"]))
        elif self.path == "/finish":
            finish(body)
            self.answer(200, {})
        else:
            self.answer(404, {"error": f"no such path: {self.path}"})


if __name__ == "__main__":
    with transaction() as fresh:
        fresh.executescript(SCHEMA)
    threading.Thread(target=ThreadingHTTPServer(("", 8081), WorkerHandler).serve_forever, daemon=True).start()
    ThreadingHTTPServer(("", 8080), ClientHandler).serve_forever()
