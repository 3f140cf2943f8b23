"""Collector: asks every exporter in each round and remembers what they said for a week."""

import json
import os
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

DATABASE = Path(os.environ.get("DATA", "/var/lib/metrics")) / "metrics.sqlite"
TARGETS = os.environ["TARGETS"].split()
INTERVAL = float(os.environ["INTERVAL"])
KEEP = 7 * 24 * 3600
SAMPLE = re.compile(r'^(\w+)(?:\{url="([^"]*)"\})? (\S+)$', re.MULTILINE)
SCHEMA = """
CREATE TABLE IF NOT EXISTS samples (time REAL NOT NULL, metric TEXT NOT NULL, label TEXT NOT NULL, value REAL NOT NULL);
CREATE INDEX IF NOT EXISTS by_metric ON samples (metric, label, time);
"""


@contextmanager
def transaction() -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(DATABASE, timeout=10)
    try:
        with database:
            yield database
    finally:
        database.close()


def scrape(target: str) -> list[tuple[str, str, float]]:
    """Every sample of one exporter; an exporter that does not answer is itself a measurement."""
    try:
        with urlopen(target, timeout=10) as answer:
            text = answer.read().decode()
    except OSError as error:
        print(f"{target}: {error}", flush=True)
        return [("exporter_up", target, 0.0)]
    found = [(name, label, float(value)) for name, label, value in SAMPLE.findall(text)]
    return [("exporter_up", target, 1.0), *found]


def collect() -> None:
    while True:
        now = time.time()
        samples = [sample for target in TARGETS for sample in scrape(target)]
        with transaction() as database:
            database.executemany("INSERT INTO samples VALUES (?, ?, ?, ?)", [(now, *sample) for sample in samples])
            database.execute("DELETE FROM samples WHERE time < ?", (now - KEEP,))
        time.sleep(max(0.0, INTERVAL - (time.time() - now)))


def latest() -> list[dict[str, object]]:
    with transaction() as database:
        rows = database.execute("SELECT metric, label, value, max(time) FROM samples GROUP BY metric, label")
        return [{"metric": row[0], "label": row[1], "value": row[2], "time": row[3]} for row in rows]


def series(metric: str, label: str, points: int) -> list[list[float]]:
    """The newest points of one metric, oldest first."""
    with transaction() as database:
        rows = database.execute(
            "SELECT time, value FROM samples WHERE metric = ? AND label = ? ORDER BY time DESC LIMIT ?",
            (metric, label, points),
        )
        return [list(row) for row in rows][::-1]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if url.path == "/health":
            self.answer(200, {"ok": True})
        elif url.path == "/latest":
            self.answer(200, latest())
        elif url.path == "/series" and "metric" in query:
            points = min(int(query.get("points", "120")), 2000)
            self.answer(200, series(query["metric"], query.get("label", ""), points))
        else:
            self.answer(404, {"error": f"no such path: {self.path}"})

    def answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    with transaction() as fresh:
        fresh.executescript(SCHEMA)
    threading.Thread(target=collect, daemon=True).start()
    ThreadingHTTPServer(("", 9200), Handler).serve_forever()
