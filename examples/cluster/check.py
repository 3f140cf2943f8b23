#!/usr/bin/env python3
"""See that the cluster works: `check.py ADDRESS...` writes through the first node and reads through each. Exits with 1, and says why,
where it does not. Run it where the nodes can be reached, as on one of their hosts."""

import json
import sys
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen


def ask(node: str, value: object = None) -> dict[str, Any]:
    body = None if value is None else json.dumps(value).encode()
    try:
        with urlopen(Request(f"http://{node}:7000/value", data=body), timeout=200) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except HTTPError as error:
        sys.exit(f"{node}: {error.read().decode()}")
    except OSError as error:
        sys.exit(f"{node} does not answer: {error}")


def main() -> None:
    nodes = sys.argv[1:]
    before = ask(nodes[0])["value"] or 0
    written = ask(nodes[0], before + 1)
    for node in nodes:
        if ask(node)["value"] != before + 1:
            sys.exit(f"{node} does not know the value {before + 1}")
    print(f"{len(nodes)} nodes answer {before + 1}, which {written['copies']} keep")


if __name__ == "__main__":
    main()
