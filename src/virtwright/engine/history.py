"""The record that a run leaves in the state."""

import getpass
import os
import socket
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from virtwright.engine.events import Command
from virtwright.engine.state.records import Changes, RunRecord, utc_now
from virtwright.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from virtwright.engine.journal import Journal
    from virtwright.stacks.source import Source


def whoami() -> str:
    """``user@machine pid 123``: who holds a lease or made a run."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()} pid {os.getpid()}"


@dataclass(frozen=True, slots=True)
class History:
    """Writes when a run began and how it ended."""

    journal: "Journal"
    begun: RunRecord

    @classmethod
    async def begin(cls, journal: "Journal", run: str, command: Command, source: "Source | None" = None) -> "History":
        """``source`` is that of the stack from now on, where it is not the one that the state knows."""
        begun = RunRecord(id=run, command=command, started=utc_now(), who=whoami())
        await journal.commit(Changes(runs=(begun,), source=source))
        return cls(journal, begun)

    async def end(self, outcome: str, summary: Mapping[str, int], message: str | None) -> None:
        """Raises only where the run would otherwise count as a success."""
        ended = replace(self.begun, finished=utc_now(), result=outcome, summary=dict(summary), message=message)
        try:
            await self.journal.commit(Changes(runs=(ended,)))
        except Exception:
            if outcome == "succeeded":
                raise
