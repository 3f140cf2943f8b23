"""The application: counts its visits in the platform's store."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from urllib.error import HTTPError
from urllib.request import Request, urlopen

COUNTER = f"{os.environ['STORE']}/visits"
KEY = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
ONE_AT_A_TIME = Lock()


def count() -> int:
    with ONE_AT_A_TIME:
        try:
            with urlopen(Request(COUNTER, headers=KEY), timeout=5) as answer:
                before = int(answer.read())
        except HTTPError as error:
            if error.code != 404:
                raise
            before = 0
        with urlopen(Request(COUNTER, str(before + 1).encode(), KEY, method="PUT"), timeout=5):
            return before + 1


class App(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"{os.environ['GREETING']}! Visits so far: {count()}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("", 8080), App).serve_forever()
