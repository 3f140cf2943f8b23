"""A small database server: counters and guest book entries in SQLite, over HTTP with JSON."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("DATA", "/var/lib/guestbook"))
SCHEMA = """
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, name TEXT NOT NULL, text TEXT NOT NULL);
"""


@contextmanager
def transaction() -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(FOLDER / "guestbook.sqlite", timeout=10)
    try:
        with database:
            yield database
    finally:
        database.close()


def count(name: str) -> dict[str, Any]:
    with transaction() as database:
        row = database.execute(
            "INSERT INTO counters VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            (name,),
        ).fetchone()
    return {"value": row[0]}


def entries() -> list[dict[str, Any]]:
    with transaction() as database:
        rows = database.execute("SELECT name, text FROM entries ORDER BY id DESC LIMIT 20")
        return [{"name": name, "text": text} for name, text in rows]


def add(entry: dict[str, Any]) -> dict[str, Any]:
    with transaction() as database:
        database.execute("INSERT INTO entries (name, text) VALUES (?, ?)", (entry["name"], entry["text"]))
    return entry


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/entries":
            self.answer(200, entries())
        else:
            self.answer(404, {"error": f"no such path: {self.path}"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/count/"):
            self.answer(200, count(self.path.removeprefix("/count/")))
        elif self.path == "/entries":
            self.answer(201, add(json.loads(body)))
        else:
            self.answer(404, {"error": f"no such path: {self.path}"})

    def answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    with transaction() as fresh:
        fresh.executescript(SCHEMA)
    ThreadingHTTPServer(("", 7000), Handler).serve_forever()
