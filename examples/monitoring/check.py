#!/usr/bin/env python3
"""See that the monitoring works: `check.py [URL]`. Exits with 1, and says why, where it does not."""

import json
import sys
import time
from typing import Any
from urllib.request import urlopen

WANTED = {"node_load1", "node_memory_used_ratio", "node_disk_used_ratio", "page_up", "exporter_up"}
PATIENCE = 30.0


def fetch(url: str) -> Any:
    with urlopen(url, timeout=15) as answer:
        return json.load(answer)


def measured(url: str) -> list[dict[str, Any]]:
    """The newest samples, once every exporter was asked and every watched page has answered."""
    end = time.monotonic() + PATIENCE
    while True:
        samples: list[dict[str, Any]] = fetch(f"{url}/api/latest")
        down = [s["label"] for s in samples if s["metric"] in ("page_up", "exporter_up") and not s["value"]]
        missing = WANTED - {sample["metric"] for sample in samples}
        if not missing and not down:
            return samples
        if time.monotonic() > end:
            sys.exit(f"after {PATIENCE:.0f} s: not measured {sorted(missing)}, not answering {down}")
        time.sleep(0.3)


def main() -> None:
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:9090"
    samples = measured(url)
    with urlopen(url, timeout=15) as answer:
        if b"node_load1" not in answer.read():
            sys.exit(f"the page at {url} does not show the load")
    print(f"{url} answers: {len(samples)} metrics, {len(fetch(url + '/api/alerts'))} alerts")


if __name__ == "__main__":
    main()
