"""The one writer of the state: commits from concurrent steps are gathered into as few transactions as possible."""

import asyncio
import queue
import threading
from typing import Self

from virtwright.engine.state.lease import Lease
from virtwright.engine.state.records import Changes
from virtwright.engine.state.stack import StackState
from virtwright.lazy_dataclasses import dataclass

_MOST = 256
"""Changes that one transaction may gather."""


@dataclass(frozen=True, slots=True)
class _Entry:
    changes: Changes
    done: "asyncio.Future[None]"


class Journal:
    """Commits changes from a thread of its own; ``commit`` returns when they are durable.

    A context manager: leaving it waits for what was handed in.
    """

    def __init__(self, state: StackState, lease: Lease) -> None:
        self._state = state
        self._lease = lease
        self._queue: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._queue.put(None)
        self._thread.join()

    def check_lease(self) -> None:
        """Raises ``LeaseLostError`` where this process may not change the stack any more."""
        self._lease.check()

    async def commit(self, changes: Changes) -> None:
        """Raises ``LeaseLostError`` or ``StateError``; then nothing of ``changes`` was written."""
        entry = _Entry(changes, self._loop.create_future())
        self._queue.put(entry)
        await entry.done

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            while len(batch) < _MOST and not self._queue.empty():
                entry = self._queue.get()
                if entry is None:
                    self._queue.put(None)
                    break
                batch.append(entry)
            self._commit(batch)

    def _commit(self, batch: list[_Entry]) -> None:
        changes = batch[0].changes
        for entry in batch[1:]:
            changes = changes.merged(entry.changes)
        try:
            self._state.commit(changes, self._lease)
        except Exception as error:  # noqa: BLE001 - whatever it is, the waiting steps must hear of it
            self._settle(batch, error)
        else:
            self._settle(batch, None)

    def _settle(self, batch: list[_Entry], error: Exception | None) -> None:
        def answer() -> None:
            for entry in batch:
                if entry.done.done():
                    continue
                if error is None:
                    entry.done.set_result(None)
                else:
                    entry.done.set_exception(error)

        self._loop.call_soon_threadsafe(answer)
