#!/usr/bin/env python3
"""See that the application reaches the platform's store: `check.py [URL]`. Exits with 1, and says why, where it does not."""

import re
import sys
from urllib.request import urlopen


def visits(url: str) -> int:
    with urlopen(url, timeout=15) as answer:
        text = answer.read().decode()
    found = re.search(r"Visits so far: ([0-9]+)", text)
    if not found:
        sys.exit(f"the page at {url} shows no visits:\n{text}")
    return int(found[1])


def main() -> None:
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    first, second = visits(url), visits(url)
    if second <= first:
        sys.exit(f"the counter went from {first} to {second}")
    print(f"{url} answers. Visits so far: {second} (kept in the platform's store)")


if __name__ == "__main__":
    main()
