"""The application: knows what a visit and a guest book entry are, and keeps nothing itself."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

DATABASE = os.environ["DATABASE"]


def database(method: str, path: str, value: object = None) -> Any:
    body = None if value is None else json.dumps(value).encode()
    with urlopen(Request(DATABASE + path, data=body, method=method), timeout=5) as answer:
        return json.load(answer)


def visit() -> dict[str, Any]:
    return {"visits": database("POST", "/count/visits")["value"], "entries": database("GET", "/entries")}


def sign(entry: dict[str, Any]) -> dict[str, Any]:
    name, text = str(entry.get("name", "")).strip()[:40], str(entry.get("text", "")).strip()[:400]
    if not name or not text:
        raise ValueError("an entry needs a name and a text")
    added: dict[str, Any] = database("POST", "/entries", {"name": name, "text": text})
    return added


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/health":
            self.answer(200, {"ok": True})
        elif self.path == "/api/visit":
            self.answer_with(visit)
        else:
            self.answer(404, {"error": f"no such path: {self.path}"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/api/entries":
            self.answer_with(lambda: sign(json.loads(body)))
        else:
            self.answer(404, {"error": f"no such path: {self.path}"})

    def answer_with(self, work: Any) -> None:
        try:
            self.answer(200, work())
        except ValueError as error:
            self.answer(400, {"error": str(error)})
        except (URLError, TimeoutError) as error:
            self.answer(503, {"error": f"the database does not answer: {error}"})

    def answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()
