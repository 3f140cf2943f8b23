"""Calls for many objects of a host, several at a time: most of one is waiting, for the daemon and for the way to it."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from virtwright.providers.libvirt.connection.deadline import Call

T = TypeVar("T")
R = TypeVar("R")
THREADS: Final = 3
"""Of one call of the connection. A daemon works on five calls of a client, and these are short: what comes besides waits for moments."""
_FEW: Final = 2 * THREADS
"""For so many a thread is not worth its start."""


def shared_out(objects: Sequence[T], work: Callable[[T], R]) -> list[R]:
    """What ``work`` returns for each, in their order. Where it raises, the rest of that thread's share is left undone, and the first
    error by that order is raised once all threads are done. It waits as long as the daemon does: for within
    ``LibvirtConnection.call``, whose limit ends the wait."""
    if len(objects) <= _FEW:
        return [work(each) for each in objects]
    size = -(-len(objects) // THREADS)
    calls = [
        Call(lambda share=objects[first : first + size]: [work(each) for each in share])  # type: ignore[misc]
        for first in range(0, len(objects), size)
    ]
    for call in calls:
        call.start("libvirt: a share")
    for call in calls:
        call.over.wait()
    return [result for call in calls for result in call.outcome()]
