"""Which stacks have something on a host."""

from typing import TYPE_CHECKING

from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.listing import described
from virtwright.providers.libvirt.stamps import mark_of

if TYPE_CHECKING:
    from libvirt import virConnect


def stacks_here(connection: LibvirtConnection) -> set[str]:
    """The full names, ``PROJECT/STACK``, on any machine, network, volume or image."""
    return connection.call("list what bears a stamp", _marked, repeatable=True)


def _marked(libvirt: "virConnect") -> set[str]:
    from virtwright.providers.libvirt.storage.listing import holdings

    texts = [xml for _, xml in described((*libvirt.listAllDomains(), *libvirt.listAllNetworks()))]
    marked = {mark.stamp.stack for mark in map(mark_of, texts) if mark is not None}
    return marked | {each.stamp.stack for each in holdings(libvirt)}
