"""What a handler gets from the engine for one operation: progress, cancellation and a deadline."""

import threading
import time
from collections.abc import Callable
from dataclasses import field
from typing import Protocol, TypeVar

from virtwright.errors import CancelledError, WaitTimeoutError
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.quantities import format_duration
from virtwright.schemas.values import Properties

T = TypeVar("T")


class Report(Protocol):
    """Receives progress: a message, and the part done from 0 to 1 where it is known."""

    def __call__(self, message: str, fraction: float | None = None) -> None: ...


def _silent(message: str, fraction: float | None = None) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the state holds of an object. Secrets are wrapped."""

    urn: str
    id: str
    inputs: Properties
    """As last applied."""
    outputs: Properties
    inputs_hash: str = ""
    imported: bool = False
    """Somebody else made it: stamps that it may bear are copies."""


@dataclass(frozen=True, slots=True)
class Context:
    """One operation's ties to its run."""

    progress: Report = _silent
    deadline: float = float("inf")
    """On the clock of ``time.monotonic``."""
    cancelled: threading.Event = field(default_factory=threading.Event)
    """The user wants to stop at once."""
    interrupted: threading.Event = field(default_factory=threading.Event)
    """The user wants to stop. Calls to hosts go on to their end; waits, which can be begun again, do not."""
    known: Known | None = None
    """The object that is updated, deleted or to be replaced, as the state has it; None where it has none."""
    identity: str = ""
    """Of the stack for which it is done; empty where it is done for none."""
    replaced_identity: str = ""
    """That in the stamp of the object whose place a new one takes, where it was taken over from another state."""
    users: frozenset[str] = frozenset()
    """Of an object that is to be replaced: the ids of what the state has that uses it, and goes before it."""

    def remaining(self, at_most: float = float("inf")) -> float:
        """Seconds until the deadline, but not more than ``at_most`` and not less than 0."""
        return max(0.0, min(at_most, self.deadline - time.monotonic()))

    def check(self) -> None:
        """Raise ``CancelledError`` when the user has interrupted the run at once."""
        if self.cancelled.is_set():
            raise CancelledError("interrupted")

    def wait(
        self,
        what: str,
        probe: Callable[[], tuple[T | None, str]],
        *,
        timeout: float = float("inf"),
        interval: float = 0.05,
        slowest: float = 1.0,
        pause: Callable[[float], object] | None = None,
    ) -> T:
        """Call ``probe`` until it gives a value; it also says what it last saw. The interval, in seconds, grows to ``slowest``;
        ``pause`` lets it go by, or returns earlier when there may be something to see.

        Raises ``WaitTimeoutError`` after ``timeout`` seconds or at the deadline, ``CancelledError`` when interrupted:
        whoever waits again later has lost nothing.
        """
        limit = self.remaining(timeout)
        end = time.monotonic() + limit
        last = ""
        while True:
            self.check()
            value, seen = probe()
            if value is not None:
                return value
            if self.interrupted.is_set():
                raise CancelledError(f"interrupted while waiting for {what}; last seen: {seen}")
            if seen != last:
                self.progress(f"waiting for {what}: {seen}")
                last = seen
            left = end - time.monotonic()
            if left <= 0:
                raise WaitTimeoutError(f"waited {format_duration(round(limit))} for {what}; last seen: {last}")
            (pause or self.interrupted.wait)(min(interval, left))
            interval = min(interval * 1.5, slowest)
