"""Networks on the host: listed, made and removed."""

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element

from virtwright.errors import CreateFailedError, HostError, Where
from virtwright.failpoints import reach
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.errors import or_none
from virtwright.providers.libvirt.connection.library import libvirt as lib
from virtwright.providers.libvirt.listing import described
from virtwright.providers.libvirt.networks.addressing import choose_cidr
from virtwright.providers.libvirt.networks.mapping import bridge_name, network_mark, network_xml
from virtwright.providers.libvirt.networks.members import users_of
from virtwright.providers.libvirt.networks.reading import ListedNetwork, networks_of, read_outputs
from virtwright.providers.libvirt.networks.starting import STEP, start, stop
from virtwright.providers.libvirt.overlays import overlay_of
from virtwright.providers.libvirt.stamps import holder_of, new_uuid
from virtwright.providers.libvirt.xml import from_text, to_text
from virtwright.providers.taken import name_beside
from virtwright.schemas.network import Network, NetworkOutputs

if TYPE_CHECKING:
    from libvirt import virConnect, virNetwork

_BUSY: Final = "already in use by interface"
_TRIES: Final = 8


def listed(libvirt: "virConnect") -> list[ListedNetwork]:
    """Two calls, and one for each network; two more for one that does not run, or does not start with its host."""
    flags = lib.VIR_CONNECT_LIST_NETWORKS_ACTIVE | lib.VIR_CONNECT_LIST_NETWORKS_AUTOSTART
    lasting = {each.UUIDString() for each in libvirt.listAllNetworks(flags)}
    return [
        _listed(network, xml, lasting=network.UUIDString() in lasting)
        for network, xml in described(libvirt.listAllNetworks())
    ]


def _listed(network: "virNetwork", xml: str, *, lasting: bool) -> ListedNetwork:
    active = lasting or bool(or_none(network.isActive))
    return ListedNetwork.of(xml, active=active, autostart=lasting or bool(or_none(network.autostart)))


def described_networks(libvirt: "virConnect") -> list[Element]:
    return [from_text(xml) for _, xml in described(libvirt.listAllNetworks())]


def create(libvirt: "virConnect", *, stamp: Stamp, inputs: Network, name: str, context: Context) -> NetworkOutputs:
    """Where no cidr is named, another one is tried where the first is some other interface's."""
    there = described_networks(libvirt)
    if (other := next((root for root in there if root.findtext("name") == name), None)) is not None:
        name = name_beside(name, stamp, holder_of(other), context)
    refuse_overlap(inputs, there)
    taken = [each for root in there for each in networks_of(root)]
    for _ in range(_TRIES):
        cidr = chosen_cidr(stamp, inputs, taken)
        try:
            return _made(libvirt, stamp, inputs, name, cidr)
        except lib.libvirtError as error:
            if _BUSY not in str(error) or inputs.cidr is not None or cidr is None:
                raise
            taken.append(IPv4Network(cidr))
    raise HostError("no network was found that the host does not use", hint="name one:\n    cidr: 10.40.0.0/24")


def refuse_overlap(inputs: Network, others: Iterable[Element]) -> None:
    """libvirt lets two networks have the same addresses; their machines would then be reached by chance. ``others`` are the XML of
    the networks that are there. Raises ``HostError``."""
    if inputs.cidr is None:
        return
    wanted = IPv4Network(inputs.cidr, strict=False)
    for root in others:
        if any(wanted.overlaps(each) for each in networks_of(root)):
            raise HostError(
                f"the addresses {wanted} are those of the network {root.findtext('name')}, too",
                where=Where(path="cidr"),
                hint="choose another cidr, or see which networks there are:\n    virsh net-list --all",
            )


def chosen_cidr(stamp: Stamp, inputs: Network, taken: Iterable[IPv4Network]) -> str | None:
    """The IPv4 network to have; None on somebody else's bridge."""
    if inputs.mode == "bridge":
        return None
    return inputs.cidr or choose_cidr(stamp.urn, taken)


def delete(libvirt: "virConnect", *, id: str) -> None:
    """Raises ``HostError`` where machines use it."""
    network = or_none(lambda: libvirt.networkLookupByUUIDString(id))
    if network is None:
        return
    if using := users_of(libvirt, network.name()):
        raise HostError(
            f"the network {network.name()} is in use by {', '.join(using)}",
            hint="remove the machines, or let them leave it, first",
        )
    stop(network)
    network.undefine()
    reach(STEP)


def _made(libvirt: "virConnect", stamp: Stamp, inputs: Network, name: str, cidr: str | None) -> NetworkOutputs:
    uuid = new_uuid(stamp)
    root = network_xml(inputs, name, uuid, network_mark(stamp, inputs), cidr, bridge_name(stamp))
    network = define(libvirt, root, inputs)
    reach(STEP)
    try:
        network.setAutostart(1)
        start(network)
    except lib.libvirtError as error:
        _undo(network, error, uuid)
        raise
    return read_outputs(from_text(network.XMLDesc()))


def define(libvirt: "virConnect", root: Element, goal: Network | None = None) -> "virNetwork":
    """Held against libvirt's schema where the goal has a fragment of the user's in it: libvirt passes over what it does not know."""
    flags = lib.VIR_NETWORK_DEFINE_VALIDATE if goal is not None and overlay_of(goal) is not None else 0
    return libvirt.networkDefineXMLFlags(to_text(root), flags)


def _undo(network: "virNetwork", error: Exception, uuid: str) -> None:
    try:
        network.undefine()
    except lib.libvirtError as more:
        message = f"{error}; and the network could not be removed: {more}"
        raise CreateFailedError(message, id=uuid) from error
