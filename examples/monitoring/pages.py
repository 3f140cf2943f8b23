"""Exporter: whether each watched page answers, and how fast."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import urlopen

PAGES = os.environ["PAGES"].split()


def probe(url: str) -> str:
    start = time.monotonic()
    try:
        with urlopen(url, timeout=3) as answer:
            up = int(answer.status < 400)
    except OSError:  # refused, timed out, or an answer of 400 and above
        up = 0
    seconds = time.monotonic() - start
    return f'page_up{{url="{url}"}} {up}\npage_seconds{{url="{url}"}} {seconds:.6f}\n'


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        with ThreadPoolExecutor(8) as pool:
            body = "".join(pool.map(probe, PAGES)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 9101), Handler).serve_forever()
