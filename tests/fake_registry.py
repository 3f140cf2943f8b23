"""A fake registry that misbehaves, as a program of its own: ``python fake_registry.py PORT MODE FILE``.

``rubbish`` answers with what is no manifest, ``short`` cuts a layer short, ``other`` gives another layer than its digest
names, ``silent`` takes a connection and never answers. What it is asked goes into FILE, headers and all.
"""

import hashlib
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT, MODE, ASKED = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
LAYER = b"x" * 5000
DIFF = hashlib.sha256(LAYER).hexdigest()
CONFIG = json.dumps(
    {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [f"sha256:{DIFF}"]}}
).encode()
KIND = "application/vnd.docker.distribution.manifest.v2+json"
MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": KIND,
        "config": {
            "mediaType": "application/vnd.docker.container.image.v1+json",
            "size": len(CONFIG),
            "digest": f"sha256:{hashlib.sha256(CONFIG).hexdigest()}",
        },
        "layers": [
            {
                "mediaType": "application/vnd.docker.image.rootfs.diff.tar",
                "size": len(LAYER),
                "digest": f"sha256:{DIFF}",
            }
        ],
    }
).encode()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        with ASKED.open("a") as file:
            file.write(f"{self.command} {self.path}\n{self.headers}\n")
        if MODE == "silent":
            time.sleep(3600)
        if self.path == "/v2/":
            self._answer(b"{}", "application/json")
        elif "/manifests/" in self.path:
            self._manifest()
        elif DIFF in self.path:
            self._layer()
        else:
            self._answer(CONFIG, "application/octet-stream")

    do_HEAD = do_GET

    def _manifest(self) -> None:
        if MODE == "rubbish":
            self._answer(b"<html>It works!</html>", "text/html")
        else:
            self._answer(MANIFEST, KIND)

    def _layer(self) -> None:
        if MODE == "short":
            self.send_response(200)
            self.send_header("Content-Length", str(len(LAYER)))
            self.end_headers()
            self.wfile.write(LAYER[:100])
            self.close_connection = True
        else:
            self._answer(b"y" * len(LAYER), "application/octet-stream")

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Docker-Content-Digest", f"sha256:{hashlib.sha256(body).hexdigest()}")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
