"""Stopping at once: how long a run waits for hosts when the user does not want to wait, or the lease is lost."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import TYPE_CHECKING, Any

from virtwright.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from virtwright.engine.state.lease import Lease


GRACE = 2.0
"""Seconds in which calls to hosts that look whether they are cancelled can end in an orderly way."""
_LOOK = 0.25


@dataclass(slots=True)
class Stopping:
    """One run's wish to stop at once."""

    _requested: bool = False
    _loop: asyncio.AbstractEventLoop | None = None
    _event: asyncio.Event = field(default_factory=asyncio.Event)

    def request(self) -> None:
        """From any thread, or a signal handler."""
        self._requested = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._event.set)

    async def first(self, task: "asyncio.Future[Any]") -> None:
        """Return when the task is done, or when it was asked to stop and has had its time to do so."""
        self._loop = asyncio.get_running_loop()
        if self._requested:
            self._event.set()
        stop = asyncio.ensure_future(self._grace())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()

    async def _grace(self) -> None:
        await self._event.wait()
        await asyncio.sleep(GRACE)

    @contextmanager
    def watch(self, lease: "Lease", lost: Callable[[], None]) -> Iterator[None]:
        """Meanwhile, call ``lost`` when the lease is lost."""

        async def look() -> None:
            while not lease.lost.is_set():
                await asyncio.sleep(_LOOK)
            lost()

        looking = asyncio.ensure_future(look())
        try:
            yield
        finally:
            looking.cancel()
