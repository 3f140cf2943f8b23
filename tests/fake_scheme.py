"""The fake provider behind the URI scheme ``fake``, for tests that type the command line.

``register`` writes a folder that, on the module path, offers the scheme as an installed plugin would. The fake hosts are
folders below the one that ``VIRTWRIGHT_FAKE_FOLDER`` names, so that they outlive the process.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Self

from tests.fake_provider import FakeProvider, FakeWorld
from virtwright.errors import HostError
from virtwright.providers.base import HostFact, LogLine, Operations
from virtwright.schemas.host import Host

FOLDER: Final = "VIRTWRIGHT_FAKE_FOLDER"
FAULT: Final = "VIRTWRIGHT_FAKE_FAULT"
"""``METHOD:NAME`` fails; ``METHOD:NAME:crash`` raises an exception that no provider should; ``METHOD:NAME:slow`` takes some seconds,
``METHOD:NAME:hang`` five minutes."""
_METADATA: Final = "Metadata-Version: 2.1\nName: virtwright-fake\nVersion: 0\n"
_ENTRY: Final = "[virtwright.providers]\nfake = tests.fake_scheme:FakeSchemeProvider\n"


def register(folder: Path) -> Path:
    """Make ``folder`` one that offers the scheme; returns it."""
    info = folder / "virtwright_fake-0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(_METADATA)
    (info / "entry_points.txt").write_text(_ENTRY)
    return folder


class FakeSchemeProvider(FakeProvider):
    """A fake host in a folder, with fake logs and commands."""

    @classmethod
    def open(cls, name: str, host: Host) -> Self:
        return cls(FakeWorld(folder=Path(os.environ[FOLDER]), before=_fault), host.uri)

    def operations(self, kind: str) -> Operations | None:
        return FakeOperations() if kind in ("Container", "VirtualMachine") else None

    def facts(self) -> Sequence[HostFact]:
        return [HostFact("fake", "yes"), HostFact("kernel", "old", ok=False, hint="upgrade it:\n    apt upgrade")]


class FakeOperations:
    """Three lines of log; a command echoes its words."""

    def logs(self, id: str, *, follow: bool, tail: int | None) -> Iterator[LogLine]:
        lines = [LogLine(f"2026-01-02T03:04:0{n}Z", "stdout", f"line {n} \x1b[31mred") for n in range(3)]
        yield from lines if tail is None else lines[len(lines) - min(tail, 3) :]

    def execute(self, id: str, command: Sequence[str], *, interactive: bool, tty: bool) -> int:
        sys.stdout.write(" ".join(command) + "\n")
        return 7


def hanging() -> Path:
    """What is there when a call hangs."""
    return Path(f"{os.environ[FOLDER]}-hang")


def _fault(method: str, kind: str, name: str) -> None:
    fault = os.environ.get(FAULT, "")
    if not fault.startswith(f"{method}:{name}"):
        return
    if fault.endswith(":slow"):
        time.sleep(4)
    elif fault.endswith(":hang"):
        hanging().touch()
        time.sleep(300)
    elif fault.endswith(":crash"):
        raise KeyError("hunter2-in-a-message")
    else:
        raise HostError(f"the fake host refuses to {method} {name}", hint="ask it again")
