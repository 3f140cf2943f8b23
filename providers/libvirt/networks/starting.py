"""Starting a network over what a daemon that was killed has left of it."""

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from virtwright.failpoints import reach
from virtwright.providers.libvirt.connection.library import libvirt as lib
from virtwright.providers.libvirt.networks.mapping import other_bridge_name
from virtwright.providers.libvirt.xml import attribute, from_text, to_text

if TYPE_CHECKING:
    from libvirt import virNetwork

STEP: Final = "libvirt.network"
"""The failpoint after each call that changes a network."""
_LEFT: Final = ("File exists", "already in use by interface {bridge}")
"""What libvirt says of a bridge of the network's own that it does not know any more."""
_SERVED: Final = "Address already in use"
"""What its DHCP server says where another one listens."""


def start(network: "virNetwork") -> None:
    """A bridge may be left of a start that was cut off. libvirt then fails, and takes it away: the second time it can start. The DHCP
    server may be left, too. Nobody ends it, and it listens on each bridge of the name that it was started for: so there is another name."""
    bridge = attribute(from_text(network.XMLDesc()), "bridge", "name")
    try:
        try:
            network.create()
        except lib.libvirtError as error:
            if not any(each.format(bridge=bridge) in str(error) for each in _LEFT):
                raise
            network.create()
    except lib.libvirtError as error:
        if _SERVED not in str(error) or bridge is None:
            raise
        _start_elsewhere(network)
    reach(STEP)


def _start_elsewhere(network: "virNetwork") -> None:
    """Where that fails, too, it is somebody else's server: the network stays as it was defined."""
    libvirt, before = network.connect(), network.XMLDesc()
    root = from_text(before)
    for bridge in root.findall("bridge"):
        bridge.set("name", other_bridge_name(bridge.get("name", "")))
    try:
        libvirt.networkDefineXML(to_text(root)).create()
    except lib.libvirtError:
        libvirt.networkDefineXML(before)
        raise


def stop(network: "virNetwork") -> None:
    """With the bridge that may be left of one that does not run: nothing else would ever take it away."""
    if not network.isActive():
        with suppress(lib.libvirtError):
            start(network)
    if network.isActive():
        network.destroy()
        reach(STEP)
