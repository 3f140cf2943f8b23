"""The web front: one HTML page, and everything below /api handed on to the application."""

import html
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

APPLICATION = os.environ["APPLICATION"]
GREETING = os.environ["GREETING"]
PAGE = """<!doctype html>
<meta charset="utf-8"><title>Guest book</title>
<h1>{greeting}</h1>
<p>Visits so far: <b>{visits}</b></p>
<form onsubmit="sign(this); return false">
  <input name="name" placeholder="Your name"> <input name="text" placeholder="Your words"> <button>Sign</button>
</form>
<ul>{entries}</ul>
<script>
async function sign(form) {{
  const entry = JSON.stringify({{name: form.name.value, text: form.text.value}});
  await fetch("/api/entries", {{method: "POST", body: entry}});
  location.reload();
}}
</script>
"""


def ask(method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    try:
        with urlopen(Request(APPLICATION + path, data=body, method=method), timeout=10) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()
    except (URLError, TimeoutError) as error:
        return 502, json.dumps({"error": f"the application does not answer: {error}"}).encode()


def page() -> tuple[int, str]:
    status, body = ask("GET", "/api/visit")
    value = json.loads(body)
    if status != 200:
        return status, f"<h1>Not now</h1><p>{html.escape(value['error'])}</p>"
    items = "".join(f"<li><b>{html.escape(e['name'])}</b>: {html.escape(e['text'])}</li>" for e in value["entries"])
    return 200, PAGE.format(greeting=html.escape(GREETING), visits=value["visits"], entries=items)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/health":
            self.answer(200, "text/plain", b"ok\n")
        elif self.path == "/":
            status, text = page()
            self.answer(status, "text/html; charset=utf-8", text.encode())
        else:
            self.hand_on("GET")

    def do_POST(self) -> None:
        self.hand_on("POST", self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def hand_on(self, method: str, body: bytes | None = None) -> None:
        if self.path.startswith("/api/"):
            status, answer = ask(method, self.path, body)
            self.answer(status, "application/json", answer)
        else:
            self.answer(404, "text/plain", b"not found\n")

    def answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8080), Handler).serve_forever()
