"""A limit for calls that can't be told one: a C library waits as long as its daemon is silent."""

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Generic, TypeVar

T = TypeVar("T")


class Call(Generic[T]):
    """Work on a thread of its own, which ends with the process."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._result: list[T] = []
        self._error: BaseException | None = None
        self.over = threading.Event()

    def start(self, name: str) -> None:
        context = copy_context()
        threading.Thread(target=lambda: context.run(self._run), name=name, daemon=True).start()

    def _run(self) -> None:
        try:
            self._result.append(self._work())
        except BaseException as error:  # noqa: BLE001 - raised again, in the thread that waits
            self._error = error
        finally:
            self.over.set()

    def outcome(self) -> T:
        """What it returned or raised, once it is over."""
        if self._error is not None:
            raise self._error
        return self._result[0]


def within(seconds: float, work: Callable[[], T], name: str) -> T:
    """What ``work`` returns or raises. Raises ``TimeoutError`` after so many seconds; ``work`` then goes on in its thread, and
    nobody hears what became of it."""
    call = Call(work)
    call.start(name)
    if not call.over.wait(None if seconds == float("inf") else max(seconds, 0.0)):
        raise TimeoutError(f"nothing after {seconds:g}s")
    return call.outcome()
