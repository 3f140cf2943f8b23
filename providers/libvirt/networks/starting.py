"""Starting a network over what a daemon that was killed has left of it."""

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from virtwright.failpoints import reach
from virtwright.providers.libvirt.connection.library import libvirt as lib

if TYPE_CHECKING:
    from libvirt import virNetwork

STEP: Final = "libvirt.network"
"""The failpoint after each call that changes a network."""
_LEFT: Final = "File exists"


def start(network: "virNetwork") -> None:
    """A bridge may be left of a start that was cut off. libvirt then fails, and takes it away: the second time it can start."""
    try:
        network.create()
    except lib.libvirtError as error:
        if _LEFT not in str(error):
            raise
        network.create()
    reach(STEP)


def stop(network: "virNetwork") -> None:
    """With the bridge that may be left of one that does not run: nothing else would ever take it away."""
    if not network.isActive():
        with suppress(lib.libvirtError):
            start(network)
    if network.isActive():
        network.destroy()
        reach(STEP)
