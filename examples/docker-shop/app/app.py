"""The application: takes orders and lists them. Which copy answered, and its version, is in every answer.

Asked to stop, it takes no new connection, answers what it has taken, and ends: the front passes the others on to the next copy.
"""

import json
import os
import signal
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from database import DatabaseError, ask

WHO = {"copy": socket.gethostbyname(socket.gethostname()), "version": os.environ.get("VERSION", "")}
MOST = 4096
"""Bytes of an order."""


class Handler(BaseHTTPRequestHandler):
    timeout = 10

    def do_GET(self) -> None:
        if self.path == "/health":
            self.answer(200, {"healthy": True})
        elif self.path == "/version":
            self.answer(200, WHO)
        elif self.path == "/orders":
            self.answer_from_database("LRANGE", "orders", "0", "-1")
        else:
            self.answer(404, {"error": "try /version and /orders"})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/orders" or not 0 < length <= MOST:
            self.answer(400, {"error": f"POST an order of at most {MOST} bytes to /orders"})
        else:
            self.answer_from_database("RPUSH", "orders", self.rfile.read(length).decode(errors="replace"))

    def answer_from_database(self, *words: str) -> None:
        try:
            self.answer(200, {**WHO, "orders": ask(*words)})
        except DatabaseError as error:
            self.answer(500, {**WHO, "error": f"the database: {error}"})

    def answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        if self.command == "POST":
            super().log_message(format, *args)


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = False  # the process waits for those that still answer

    def drain(self) -> None:
        """Take what is in the queue of connections, and close the door."""
        self.shutdown()
        self.socket.setblocking(False)
        while True:
            try:
                request, client = self.get_request()
            except BlockingIOError:
                break
            self.process_request(request, client)
        self.server_close()


if __name__ == "__main__":
    server = Server(("", 8000), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.drain).start())
    print(f"version {WHO['version']} serves", flush=True)
    server.serve_forever()
    print("no new connections, and goes when all is answered", flush=True)
