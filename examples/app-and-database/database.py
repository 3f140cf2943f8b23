"""A small database of notes over HTTP: each is one line of a file that only grows. Who asks must know the password."""

import hmac
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock

FILE = Path(os.environ.get("DATA", "/var/lib/notes")) / "notes"
PASSWORD = Path("/etc/notes.password").read_text().strip()
LOCK = Lock()


def notes() -> list[str]:
    return [json.loads(line) for line in FILE.read_text().splitlines()] if FILE.exists() else []


def add(note: str) -> list[str]:
    """It is on the disk when this returns."""
    with LOCK, FILE.open("a") as file:
        file.write(json.dumps(note) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return notes()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.is_known():
            self.answer(200, notes())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.is_known():
            self.answer(201, add(body.decode()))

    def is_known(self) -> bool:
        known = hmac.compare_digest(self.headers.get("Authorization", ""), f"Bearer {PASSWORD}")
        if not known:
            self.answer(401, {"error": "the password is another one"})
        return known

    def answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 7000), Handler).serve_forever()
