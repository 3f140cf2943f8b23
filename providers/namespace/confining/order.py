"""What a confined program is run with: plain data on the command line. Standard library only."""

import json
from dataclasses import asdict
from typing import Final

from virtwright.lazy_dataclasses import dataclass

PREFIX: Final = "confined-"
"""With what the names of control groups begin; the process follows that asked for it."""
MEMORY: Final = 1024**3
PROCESSES: Final = 256
SECONDS: Final = 300
ROOM: Final = 256 * 1024**2
"""Bytes that the copied folder may take, and as many again what the program writes."""


@dataclass(frozen=True, slots=True)
class Order:
    """Paths are absolute, and the same inside."""

    argv: tuple[str, ...]
    folder: str
    """Copied, so that whoever owns its files the program can read them. The program is started there."""
    views: tuple[str, ...]
    """Files and folders that are seen, read-only. Links among them lead where they lead outside."""
    environment: dict[str, str]
    descriptors: tuple[int, ...]
    """What it inherits besides the standard streams."""
    filter: str
    """Path of the compiled seccomp filter."""
    group: str
    """The name of its control group."""
    memory: int = MEMORY
    processes: int = PROCESSES
    seconds: int = SECONDS

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Order":
        told = json.loads(text)
        lists = {name: tuple(told[name]) for name in ("argv", "views", "descriptors")}
        return cls(**{**told, **lists})
