#!/usr/bin/env python3
"""See that the guest book works: `check.py [URL]`. Exits with 1, and says why, where it does not."""

import json
import re
import sys
from urllib.request import Request, urlopen


def visits(url: str) -> int:
    with urlopen(url, timeout=15) as answer:
        text = answer.read().decode()
    found = re.search(r"Visits so far: <b>([0-9]+)</b>", text)
    if not found:
        sys.exit(f"the page at {url} shows no visits:\n{text}")
    return int(found[1])


def sign(url: str, name: str, text: str) -> None:
    body = json.dumps({"name": name, "text": text}).encode()
    with urlopen(Request(f"{url}/api/entries", data=body, method="POST"), timeout=15) as answer:
        json.load(answer)


def main() -> None:
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    first = visits(url)
    sign(url, "check.py", f"seen after {first} visits")
    second = visits(url)
    if second <= first:
        sys.exit(f"the counter went from {first} to {second}")
    print(f"{url} answers. Visits so far: {second} (kept in the database machine, on the volume)")


if __name__ == "__main__":
    main()
