"""A mount namespace for a moment, in this process."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.kernel.calls import unshare

T = TypeVar("T")


def in_own_mounts(work: Callable[[], T]) -> T:
    """Do ``work`` in a thread that has a mount namespace of its own, which ends with it. Raises what ``work`` raises.

    For the kernel a process that it starts has a parent that ends here: it must not ask to be killed with its parent."""

    def run() -> T:
        unshare(k.CLONE_NEWNS)
        return work()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result()
