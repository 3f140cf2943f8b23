"""What a probe is told: where on the host the thing lies that it tries to reach."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

EXCHANGE: Final = Path("/exchange")
"""A folder of the host, writable inside: a volume as any other, and where results are written to."""
FACTS: Final = "facts.json"


@dataclass(frozen=True)
class Facts:
    """``secret`` is a file of the host that nothing mounts; ``marker`` a name in the host's root folder's parents."""

    secret: str
    handle_type: int
    handle: str
    """The secret's file handle, in hexadecimal."""
    abstract: str
    """An abstract socket on which a process of the host listens."""
    port: int
    """A port of the host's loopback interface on which a process of the host listens."""
    process: int
    """A process of the host."""
    segment: int
    """The key of a shared memory segment of the host."""
    top: tuple[str, ...]
    """Names in the root folder of the host that the mask hides."""


@cache
def facts() -> Facts:
    told = json.loads((EXCHANGE / FACTS).read_text())
    return Facts(**{**told, "top": tuple(told["top"])})
