#!/usr/bin/env python3
"""See that the web tier works: `check.py [URL] [COPIES]`. Exits with 1, and says why, where it does not."""

import re
import sys
from urllib.request import urlopen


def main() -> None:
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    copies = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    seen = set[str]()
    for _ in range(2 * copies):
        with urlopen(url, timeout=15) as answer:
            text = answer.read().decode()
        found = re.search(r"You are at ([\w.-]+)\.\n", text)
        if not found:
            sys.exit(f"the page at {url} does not say where one is:\n{text}")
        seen.add(found[1])
    if len(seen) != copies:
        sys.exit(f"{copies} copies should take turns, but these answered: {', '.join(sorted(seen))}")
    print(f"{url} answers from {', '.join(sorted(seen))}")


if __name__ == "__main__":
    main()
