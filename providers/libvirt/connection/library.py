"""libvirt-python, with its event loop running and its own messages silenced. Importing this module loads a C library: do it
when a host is really asked."""

import threading
from contextlib import suppress
from typing import Any, Final

from virtwright.errors import HostError

try:
    import libvirt
except ImportError as error:
    raise HostError(
        f"libvirt's Python module can't be loaded: {error}",
        hint="it is compiled against the machine's own libvirt:\n"
        "    apt-get install libvirt-dev pkg-config gcc python3-dev && pip install 'virtwright[libvirt]'",
    ) from error

__all__ = ["hear_now", "libvirt", "with_events"]

_starting: Final = threading.Lock()
_started = False
_needed: Final = threading.Event()
_LATER: Final = 1.0
"""Seconds without the loop: it wakes up with every call, which takes half of the time of a short one. A plan is over by then, and no
daemon has missed a sign of life."""


def _unheard(_: Any, __: Any) -> None:
    """What libvirt would print; it raises the same."""


def _run() -> None:
    _needed.wait(_LATER)
    while True:
        with suppress(libvirt.libvirtError):  # of one connection; the others need the loop
            libvirt.virEventRunDefaultImpl()


def with_events() -> None:
    """Let libvirt's event loop run in a moment, on a thread of its own: keepalives and events need it. Called before any connection
    is opened."""
    global _started
    with _starting:
        if _started:
            return
        libvirt.registerErrorHandler(_unheard, None)
        libvirt.virEventRegisterDefaultImpl()
        threading.Thread(target=_run, name="libvirt-events", daemon=True).start()
        _started = True


def hear_now() -> None:
    """Let the event loop run from now on, for who waits for an event."""
    _needed.set()
