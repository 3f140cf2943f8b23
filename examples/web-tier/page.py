"""The page: a greeting, and which copy gives it."""

import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"{os.environ['GREETING']}! You are at {socket.gethostname()}.\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Health checks would fill the log."""


ThreadingHTTPServer(("", int(os.environ["PORT"])), Page).serve_forever()
