#!/usr/bin/env python3
"""See that the notes work: `check.py DOCKER_HOST` writes one through the first copy of the application and finds it through the second.
Exits with 1, and says why, where it does not."""

import re
import sys
import time
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen


def notes(url: str, note: str | None = None) -> list[str]:
    body = None if note is None else urlencode({"note": note}).encode()
    try:
        with urlopen(url, data=body, timeout=200) as answer:
            return re.findall(r"<li>([^<]*)</li>", answer.read().decode())
    except HTTPError as error:
        sys.exit(f"{url}: {error.read().decode().strip()}")
    except OSError as error:
        sys.exit(f"{url} does not answer: {error}")


def main() -> None:
    first, second = (f"http://{sys.argv[1]}:809{copy}/" for copy in range(2))
    note = f"seen {time.time_ns()}"
    notes(first, note)
    found = notes(second)
    if note not in found:
        sys.exit(f"{second} does not show what was written through {first}")
    print(f"{first} and {second} answer, and the database keeps {len(found)} notes")


if __name__ == "__main__":
    main()
