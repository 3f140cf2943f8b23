"""The application: shows the notes and takes new ones. It keeps nothing itself, so that there can be many copies."""

import html
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs
from urllib.request import Request, urlopen

DATABASE = os.environ["DATABASE"]
PASSWORD = Path("/run/secrets/password").read_text().strip()
PAGE = """<!doctype html>
<meta charset="utf-8"><title>Notes</title>
<h1>Notes</h1>
<ul>{notes}</ul>
<form method="post"><input name="note" autofocus> <button>Add</button></form>
"""


def database(note: str | None = None) -> list[str]:
    body = None if note is None else note.encode()
    request = Request(DATABASE, data=body, headers={"Authorization": f"Bearer {PASSWORD}"})
    with urlopen(request, timeout=60) as answer:
        found: list[str] = json.load(answer)
        return found


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/health":
            self.answer(200, "yes")
        else:
            self.show()

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
        self.show(form.get("note", [""])[0][:400])

    def show(self, note: str | None = None) -> None:
        try:
            notes = database(note or None)
        except HTTPError as error:
            self.answer(502, f"the database refuses: {error.read().decode()}\n")
        except OSError as error:
            self.answer(503, f"the database does not answer: {error}\n")
        else:
            self.answer(200, PAGE.format(notes="".join(f"<li>{html.escape(each)}</li>" for each in notes)))

    def answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()
