"""A small event loop: file descriptors that become readable, and timers."""

import select
import time
from collections.abc import Callable
from math import ceil

from virtwright.lazy_dataclasses import dataclass

Action = Callable[[], None]


@dataclass(slots=True)
class Timer:
    """Something due later, unless it is cancelled."""

    due: float
    action: Action
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


class Loop:
    """Runs until ``stop``."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._readers: dict[int, Action] = {}
        self._timers: list[Timer] = []
        self._stopped = False

    def watch(self, fd: int, action: Action) -> None:
        """Call ``action`` whenever ``fd`` can be read or has been hung up."""
        self._readers[fd] = action
        self._poll.register(fd, select.POLLIN)

    def forget(self, fd: int) -> None:
        if self._readers.pop(fd, None):
            self._poll.unregister(fd)

    def later(self, seconds: float, action: Action) -> Timer:
        timer = Timer(time.monotonic() + seconds, action)
        self._timers.append(timer)
        return timer

    def stop(self) -> None:
        self._stopped = True

    def run(self) -> None:
        while not self._stopped:
            for fd, _ in self._poll.poll(self._patience()):
                if (action := self._readers.get(fd)) is not None:
                    action()
            self._fire()

    def _patience(self) -> int | None:
        self._timers = [timer for timer in self._timers if not timer.cancelled]
        if not self._timers:
            return None
        return max(0, ceil((min(timer.due for timer in self._timers) - time.monotonic()) * 1000))

    def _fire(self) -> None:
        now = time.monotonic()
        for timer in [timer for timer in self._timers if timer.due <= now]:
            if not timer.cancelled:
                timer.cancelled = True
                timer.action()
