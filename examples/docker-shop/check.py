#!/usr/bin/env python3
"""See that the shop works: `check.py [URL]`. Exits with 1, and says why, where it does not."""

import json
import sys
import time
from typing import Any
from urllib.request import Request, urlopen

PATIENCE = 30.0


def ask(url: str, order: str | None = None) -> dict[str, Any]:
    with urlopen(Request(url, data=None if order is None else order.encode()), timeout=15) as answer:
        value: dict[str, Any] = json.load(answer)
    return value


def copies(url: str, least: int) -> set[str]:
    """The copies that answer through the front."""
    seen: set[str] = set()
    end = time.monotonic() + PATIENCE
    while len(seen) < least:
        seen.add(ask(f"{url}/version")["copy"])
        if time.monotonic() > end:
            sys.exit(f"only {len(seen)} copies answered: {', '.join(sorted(seen))}")
    return seen


def main() -> None:
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8088"
    answering = copies(url, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
    before = ask(f"{url}/orders")["orders"]
    ask(f"{url}/orders", "a cup of tea")
    after = ask(f"{url}/orders")["orders"]
    if after != [*before, "a cup of tea"]:
        sys.exit(f"the order was not kept: {after}")
    print(
        f"{url} answers from {len(answering)} copies, version {ask(f'{url}/version')['version']}; {len(after)} orders"
    )


if __name__ == "__main__":
    main()
