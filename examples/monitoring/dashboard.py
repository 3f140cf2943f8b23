"""Dashboard: one page with the newest values, a line for each metric's past, and the alerts; the same as JSON."""

import html
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

COLLECTOR, JUDGE = os.environ["COLLECTOR"], os.environ["JUDGE"]
PAGE = """<!doctype html>
<meta charset="utf-8"><meta http-equiv="refresh" content="10"><title>Monitoring</title>
<style>td {{ padding: 0 1em }} .alert {{ color: #b00 }} polyline {{ fill: none; stroke: #06c }}</style>
<h1>Monitoring</h1>
{alerts}
<table>{rows}</table>
"""


def fetch(url: str) -> Any:
    with urlopen(url, timeout=5) as answer:
        return json.load(answer)


def line(points: list[list[float]]) -> str:
    """The past of a metric as a small picture."""
    values = [value for _, value in points]
    low, high = min(values), max(values)
    height = (high - low) or 1
    step = 200 / max(1, len(values) - 1)
    path = " ".join(f"{i * step:.1f},{28 - 26 * (value - low) / height:.1f}" for i, value in enumerate(values))
    return f'<svg width="200" height="30"><polyline points="{path}"/></svg>'


def row(sample: dict[str, Any]) -> str:
    metric, label = sample["metric"], sample["label"]
    points = fetch(f"{COLLECTOR}/series?metric={quote(metric)}&label={quote(label)}")
    name = html.escape(f"{metric} {label}".strip())
    return f"<tr><td>{name}</td><td>{sample['value']:.4g}</td><td>{line(points)}</td></tr>"


def page() -> str:
    alerts = "".join(f'<p class="alert">{html.escape(a["say"])} {html.escape(a["about"])}</p>' for a in fetch(JUDGE))
    rows = "".join(row(sample) for sample in fetch(f"{COLLECTOR}/latest"))
    return PAGE.format(alerts=alerts or "<p>No alerts.</p>", rows=rows)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        try:
            status, kind, text = self.route()
        except OSError as error:
            status, kind, text = 502, "text/plain", f"something behind the dashboard does not answer: {error}\n"
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def route(self) -> tuple[int, str, str]:
        match self.path:
            case "/health":
                return 200, "text/plain", "ok\n"
            case "/":
                return 200, "text/html", page()
            case "/api/latest":
                return 200, "application/json", json.dumps(fetch(f"{COLLECTOR}/latest"))
            case "/api/alerts":
                return 200, "application/json", json.dumps(fetch(JUDGE))
        return 404, "text/plain", "not found\n"


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8080), Handler).serve_forever()
