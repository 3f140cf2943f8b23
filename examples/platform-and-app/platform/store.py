"""The store: `PUT /KEY` and `GET /KEY`, for whoever shows the token."""

import os
import re
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

DATA = Path("/var/lib/store")
TOKEN = f"Bearer {os.environ['TOKEN']}"


class Store(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/health":
            return self._answer(200, b"well")
        file = self._file()
        if file is None:
            return None
        return self._answer(200, file.read_bytes()) if file.exists() else self._answer(404)

    def do_PUT(self) -> None:
        file = self._file()
        if file is None:
            return
        draft = file.with_suffix(".new")
        draft.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
        draft.replace(file)
        self._answer(200)

    def _file(self) -> Path | None:
        if not compare_digest(self.headers.get("Authorization", ""), TOKEN):
            return self._answer(403)
        if not re.fullmatch(r"/[a-z0-9-]{1,64}", self.path):
            return self._answer(404)
        return DATA / self.path[1:]

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Health checks would fill the log."""


ThreadingHTTPServer(("", 7000), Store).serve_forever()
