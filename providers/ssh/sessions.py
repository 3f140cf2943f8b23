"""How many sessions a host runs at once over one connection: learnt from its refusals (``MaxSessions``)."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from virtwright.providers.ssh.errors import SshError, SshTimeoutError
from virtwright.providers.ssh.line import ChannelRefusedError, Line

if TYPE_CHECKING:
    from paramiko import Channel

MOST: Final = 8
"""Sessions that are opened at most; OpenSSH allows 10 unless told otherwise, and others use the account too."""
_SETTLING: Final = 1.0
"""Seconds in which a host may still count a session that was closed."""

_PATIENCE: Final = 0.25
"""Seconds that the first in the queue lets others pass."""


class Idle(Protocol):
    """A session that is kept for the next one who needs its like."""

    def retire(self) -> None:
        """End it, and wait until the host has said so."""
        ...


class Sessions:
    """Gives out sessions on a line and waits where there are too many. Idle ones make room for who waits."""

    def __init__(self, line: Line, most: int = MOST) -> None:
        self._line = line
        self._changed = threading.Condition()
        self._open = 0
        self._most = most
        self._closed_at = -_SETTLING
        self._idle: deque[tuple[str, Idle]] = deque()
        self._waiting: list[tuple[object, float]] = []

    def put_back(self, kind: str, idle: Idle) -> None:
        """Keep it for the next; it goes on counting."""
        with self._changed:
            self._idle.append((kind, idle))
            self._changed.notify_all()

    def take_back(self, idle: Idle) -> bool:
        """Use again what was put back. False: it had to make room."""
        with self._changed:
            for entry in self._idle:
                if entry[1] is idle:
                    self._idle.remove(entry)
                    return True
        return False

    def _await_idle_or_room(self, kind: str, deadline: float) -> Idle | None:
        """An idle one of this kind as soon as there is one; None with a place taken for a new one."""
        turn = (object(), time.monotonic())
        with self._changed:
            self._waiting.append(turn)
        try:
            while True:
                victim = None
                with self._changed:
                    if self._may_take(turn):
                        found = self._take(kind)
                        if found is not None:
                            return found
                        if self._open < self._most:
                            self._open += 1
                            return None
                        victim = self._idle.popleft()[1] if self._idle and self._waiting[0] is turn else None
                    if victim is None:
                        self._wait(deadline)
                if victim is not None:
                    victim.retire()
                    self.release()
        finally:
            with self._changed:
                self._waiting.remove(turn)
                self._changed.notify_all()

    def _may_take(self, turn: tuple[object, float]) -> bool:
        """Who finds what it needs need not queue, until the first in the queue has waited for long."""
        first = self._waiting[0]
        return first is turn or time.monotonic() - first[1] < _PATIENCE

    def _wait(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise SshTimeoutError(f"{self._line.target} runs {self._open} sessions and allows no more")
        if not self._line.alive:
            raise self._line.broken(sent=False)
        self._changed.wait(min(left, _PATIENCE))

    def _take(self, kind: str) -> Idle | None:
        for entry in self._idle:
            if entry[0] == kind:
                self._idle.remove(entry)
                return entry[1]
        return None

    def _open_one(self, deadline: float) -> "Channel | None":
        """A channel for a place that was taken; None where the host refused and the place was given back: wait again."""
        pause = 0.01
        while True:
            try:
                return self._line.session(max(0.1, deadline - time.monotonic()))
            except ChannelRefusedError as error:
                with self._changed:
                    alone = self._open == 1
                    settling = time.monotonic() - self._closed_at < _SETTLING
                    if not alone and not settling:
                        self._open -= 1
                        self._most = max(1, self._open)
                        return None
                if not settling or time.monotonic() > deadline:
                    self.release()
                    raise SshError(f"{self._line.target} runs no session for this login: {error}") from error
                time.sleep(pause)
                pause = min(0.2, pause * 2)
            except BaseException:
                self.release()
                raise

    def release(self) -> None:
        """A session ended."""
        with self._changed:
            self._open -= 1
            self._closed_at = time.monotonic()
            self._changed.notify_all()

    def channel(self, deadline: float) -> "Channel":
        """A session of one's own; ``release`` it."""
        while True:
            self._await_idle_or_room("", deadline)
            channel = self._open_one(deadline)
            if channel is not None:
                return channel

    def borrow(self, kind: str, deadline: float, make: "Callable[[Channel], Idle]") -> Idle:
        """An idle one of this kind, or a new one made on a channel. ``put_back`` it, or ``release`` where it ended."""
        while True:
            idle = self._await_idle_or_room(kind, deadline)
            if idle is not None:
                return idle
            channel = self._open_one(deadline)
            if channel is not None:
                try:
                    return make(channel)
                except BaseException:
                    channel.close()
                    self.release()
                    raise

    def close(self) -> None:
        """Forget what is idle; the line ends all of it."""
        with self._changed:
            self._idle.clear()
