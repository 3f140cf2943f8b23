"""The balancer: each request goes to the next page; one that gives no answer is passed over."""

import itertools
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import urlopen

PAGES = os.environ["PAGES"].split()
TURNS = itertools.cycle(range(len(PAGES)))


class Balancer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        first = next(TURNS)
        for page in (*PAGES[first:], *PAGES[:first]):
            try:
                with urlopen(f"http://{page}{self.path}", timeout=5) as answer:
                    self._answer(200, answer.read())
                    return
            except OSError as error:
                print(f"{page}: {error}")
        self._answer(502, b"no page answers\n")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("", 8080), Balancer).serve_forever()
