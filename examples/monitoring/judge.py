"""Judge: compares the newest measurements with the rules and says which alerts are on."""

import json
import os
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen

COLLECTOR = os.environ["COLLECTOR"]
INTERVAL = float(os.environ["INTERVAL"])
RULES: list[dict[str, Any]] = json.loads(Path("/etc/judge/rules.json").read_text())

broken: Counter[tuple[int, str]] = Counter()
"""How many rounds in a row a rule was broken, by the rule's number and the label."""
alerts: list[dict[str, Any]] = []


def breaks(rule: dict[str, Any], value: float) -> bool:
    return value > rule.get("above", float("inf")) or value < rule.get("below", float("-inf"))


def judge(samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for number, rule in enumerate(RULES):
        for sample in samples:
            if sample["metric"] != rule["metric"]:
                continue
            key = (number, sample["label"])
            broken[key] = broken[key] + 1 if breaks(rule, sample["value"]) else 0
            if broken[key] >= rule["for"]:
                found.append({"say": rule["say"], "about": sample["label"], "value": sample["value"]})
    return found


def work() -> None:
    while True:
        try:
            with urlopen(f"{COLLECTOR}/latest", timeout=10) as answer:
                found = judge(json.load(answer))
        except OSError as error:
            found = [{"say": "the collector does not answer", "about": str(error), "value": 0}]
        for alert in found:
            if alert not in alerts:
                print(f"alert: {alert['say']} {alert['about']}", flush=True)
        alerts[:] = found
        time.sleep(INTERVAL)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(alerts).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    threading.Thread(target=work, daemon=True).start()
    ThreadingHTTPServer(("", 9300), Handler).serve_forever()
