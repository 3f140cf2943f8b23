"""Bridges and cables, by netlink, in the calling thread's network namespace."""

import contextlib
import errno
import socket
from collections.abc import Callable, Collection, Iterable, Iterator
from ipaddress import IPv4Network, ip_interface
from pathlib import Path
from typing import Any, Final

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.namespace.network import messages
from virtwright.providers.namespace.network.addresses import mac_for
from virtwright.providers.namespace.network.members import Membership
from virtwright.providers.namespace.network.netns import inside, opened, read_sysctl, write_sysctl
from virtwright.providers.namespace.network.wiring import Wiring
from virtwright.providers.namespace.paths import Root

_MARK: Final = "virtwright root "
"""What the alias of a bridge begins with. The hash of the root that made it follows."""
_NODAD: Final = 0x02
_DUMP_TRIES: Final = 20
_FORWARDING: Final = {4: ("net/ipv4/ip_forward",), 6: ("net/ipv6/conf/all/forwarding",)}
_ABSENT: Final = (errno.ENODEV, errno.ENOENT, errno.ESRCH, errno.EADDRNOTAVAIL)


@dataclass(frozen=True, slots=True)
class Link:
    """One network device."""

    index: int
    name: str
    up: bool
    mtu: int
    master: int | None


@contextlib.contextmanager
def netlink(doing: str) -> Iterator[Any]:
    """A netlink connection; what it refuses becomes a ``HostError`` that says what was being done."""
    from pyroute2 import IPRoute  # type: ignore[attr-defined]  # imported here: it takes 150 ms
    from pyroute2.netlink.exceptions import NetlinkError

    try:
        with IPRoute() as connection:  # type: ignore[no-untyped-call]
            yield connection
    except NetlinkError as error:
        raise HostError(f"could not {doing}: {error.args[-1]}") from error
    except OSError as error:
        raise HostError(f"could not {doing}: {error.strerror or error}") from error


def index_of(name: str) -> int | None:
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return None


def all_links(connection: Any) -> dict[str, Link]:
    """Every device by its name, in one dump."""
    links = (_link(message) for message in _dump(connection.get_links))
    return {link.name: link for link in links}


def _dump(ask: Callable[..., Iterable[Any]], **filter: Any) -> list[Any]:
    """A listing that is whole: the kernel says when something changed under it."""
    from pyroute2.netlink.exceptions import NetlinkDumpInterrupted

    for _ in range(_DUMP_TRIES):
        try:
            return list(ask(**filter))
        except NetlinkDumpInterrupted:
            continue
    return list(ask(**filter))


def _link(message: Any) -> Link:
    return Link(
        message["index"],
        message.get_attr("IFLA_IFNAME"),
        bool(message["flags"] & 1),
        message.get_attr("IFLA_MTU"),
        message.get_attr("IFLA_MASTER"),
    )


def addresses_of(connection: Any, index: int) -> set[str]:
    """The addresses of one device with their prefix lengths, without link-local ones."""
    found = _dump(connection.get_addr, index=index)
    return {
        f"{message.get_attr('IFA_LOCAL') or message.get_attr('IFA_ADDRESS')}/{message['prefixlen']}"
        for message in found
        if message["index"] == index and message["scope"] != 253
    }


def routed_networks(connection: Any) -> list[str]:
    """The IPv4 networks that the machine has routes to, without the default route."""
    routes = _dump(connection.get_routes, family=socket.AF_INET, table=254)
    found = ((message.get_attr("RTA_DST"), message["dst_len"]) for message in routes)
    return sorted({str(IPv4Network(f"{network}/{length}")) for network, length in found if network and length})


def bridge_addresses(wiring: Wiring) -> set[str]:
    """What the bridge must bear: the gateways, with prefix lengths."""
    pairs = ((wiring.gateway, wiring.net4), (wiring.gateway6, wiring.net6))
    return {f"{gateway}/{net.prefixlen}" for gateway, net in pairs if gateway and net}


def make_bridge(wiring: Wiring, root: Root) -> None:
    """Make the bridge or bring it to what it should be. Safe to repeat. Raises ``HostError``, also where it is that of another root."""
    with netlink(f"make the bridge {wiring.bridge}") as connection:
        index = index_of(wiring.bridge)
        if index is None:
            mac = mac_for("bridge", wiring.id)
            connection.link("add", ifname=wiring.bridge, kind="bridge", address=mac, br_stp_state=0)
            index = socket.if_nametoindex(wiring.bridge)
            connection.link("set", index=index, ifalias=_owner(root))
        elif _is_of_another(connection, index, root):
            raise HostError(
                f"the bridge {wiring.bridge} of the network {wiring.name} is in use by another root of this machine, of which {root.path}"
                " is a copy",
                hint="two roots can't have one network: delete it in one of them, or let a new root make one of its own",
            )
        # a member's router advertisement would give the host a way out through that member
        write_sysctl(f"net/ipv6/conf/{wiring.bridge}/accept_ra", "0")
        connection.link("set", index=index, state="up", mtu=wiring.inputs.mtu or 1500)
        wanted, found = bridge_addresses(wiring), addresses_of(connection, index)
        for text in sorted(found - wanted):
            connection.addr("del", index=index, address=text.split("/")[0], prefixlen=int(text.split("/")[1]))
        for text in sorted(wanted - found):
            add_address(connection, index, text)
    _set_forwarding(wiring)


def add_address(connection: Any, index: int, text: str) -> None:
    interface = ip_interface(text)
    more = {"flags": _NODAD} if interface.version == 6 else {}
    connection.addr("replace", index=index, address=str(interface.ip), prefixlen=interface.network.prefixlen, **more)


def forwards(wiring: Wiring) -> bool:
    """Whether the machine lets packets pass as the network needs it."""
    needed = [*_FORWARDING[4], *(_FORWARDING[6] if wiring.cidr6 else ())]
    return all(read_sysctl(name) != "0" for name in needed)


def _set_forwarding(wiring: Wiring) -> None:
    """Let packets pass; the decision is docs/decisions/0051."""
    write_sysctl(f"net/ipv4/conf/{wiring.bridge}/route_localnet", "1")
    for name in _FORWARDING[4]:
        if read_sysctl(name) == "0":
            write_sysctl(name, "1")
    for name in _FORWARDING[6] if wiring.cidr6 else ():
        if read_sysctl(name) == "0":
            _keep_learned_routes()
            write_sysctl(name, "1")


def _keep_learned_routes() -> None:
    """Without this the kernel drops default routes learned from router advertisements when it begins to forward."""
    for folder in Path("/proc/sys/net/ipv6/conf").iterdir():
        if read_sysctl(f"net/ipv6/conf/{folder.name}/accept_ra") == "1":
            write_sysctl(f"net/ipv6/conf/{folder.name}/accept_ra", "2")


def remove_bridge(name: str, root: Root) -> None:
    """Delete a bridge, unless another root has made it. Fine where there is none. Raises ``HostError``."""
    if (index := index_of(name)) is None:
        return
    with netlink(f"delete the bridge {name}") as connection, _absence_is_fine():
        if not _is_of_another(connection, index, root):
            connection.link("del", index=index)


def _owner(root: Root) -> str:
    return f"{_MARK}{root.hash}"


def _is_of_another(connection: Any, index: int, root: Root) -> bool:
    """Nothing can be told of a bridge from before its maker was noted."""
    (link,) = connection.get_links(index)
    alias = link.get_attr("IFLA_IFALIAS") or ""
    return alias.startswith(_MARK) and alias != _owner(root)


def remove_link(name: str) -> None:
    """Delete a device; fine where there is none. Raises ``HostError``."""
    if (index := index_of(name)) is None:
        return
    with netlink(f"delete the device {name}") as connection, _absence_is_fine():
        connection.link("del", index=index)


@contextlib.contextmanager
def _absence_is_fine() -> Iterator[None]:
    from pyroute2.netlink.exceptions import NetlinkError

    try:
        yield
    except NetlinkError as error:
        if error.code not in _ABSENT:
            raise


def plug(place: Membership, wiring: Wiring, namespace: int) -> None:
    """Lay the cable from the network's bridge into the network namespace ``namespace`` (a file descriptor).

    A cable that is there already is laid anew. Raises ``HostError``.
    """
    bridge = index_of(wiring.bridge)
    if bridge is None:
        raise HostError(
            f"the bridge {wiring.bridge} of the network {wiring.name} is gone", hint="apply again: it will be made anew"
        )
    remove_link(place.port)
    cable = messages.new_cable(place.port, bridge, place.device, place.mac, namespace, wiring.inputs.mtu)
    known = [messages.known_neighbour(bridge, address, place.mac) for address in place.addresses]
    messages.send([cable, *known], f"connect a member to the network {wiring.name}")


def unplug(place: Membership, wiring: Wiring | None) -> None:
    """Take the cable away, and what the host knows of who was there. Fine where there is nothing. Raises ``HostError``."""
    remove_link(place.port)
    if wiring and (bridge := index_of(wiring.bridge)) is not None:
        gone = [messages.forgotten_neighbour(bridge, address) for address in place.addresses]
        messages.send(gone, f"forget a member of the network {wiring.name}")


def is_plugged(place: Membership, wiring: Wiring) -> bool:
    if (port := index_of(place.port)) is None:
        return False
    with netlink(f"look at the device {place.port}") as connection:
        (link,) = connection.get_links(port)
        return bool(link.get_attr("IFLA_MASTER") == index_of(wiring.bridge) and link["flags"] & 1)


def reflect(place: Membership) -> None:
    """Let the bridge send a member's packets back to it: it reaches its own published port then. Where the machine
    filters bridged packets (br_netfilter), the kernel turns them round in the bridge instead of routing them."""
    with netlink(f"set up the device {place.port}") as connection:
        connection.brport("set", index=socket.if_nametoindex(place.port), mode=1)


def configure(
    namespace: int,
    places: Iterable[tuple[Membership, Wiring]],
    default: Wiring | None,
    *,
    new: Collection[Membership],
    fresh: bool,
) -> None:
    """Give the devices inside the namespace their addresses, and the default route through ``default``. Those that are
    ``new`` are announced: who had their addresses before had another MAC address. In a ``fresh`` namespace there is no
    older route to take away. Raises ``HostError``."""
    with inside(namespace):
        wanted, told = [], []
        for place, wiring in places:
            index = index_of(place.device)
            if index is None:
                raise HostError(f"the device {place.device} is missing in the network namespace")
            wanted.append(messages.link_up(index))
            for address, net in ((place.address, wiring.net4), (place.address6, wiring.net6)):
                if address and net:
                    wanted.append(messages.new_address(index, address, net.prefixlen))
            if place in new:
                told.append(messages.announcement(index, place.mac))
        gateways = (default.gateway, default.gateway6) if default else (None, None)
        wanted += [messages.default_route(gateway) for gateway in gateways if gateway]
        messages.send(wanted, "give a member its addresses")
        messages.send(told, "announce a member")  # apart: the bridge has had time to open its port
        if not fresh and not all(gateways):
            _remove_old_routes(gateways)


def _remove_old_routes(gateways: tuple[str | None, str | None]) -> None:
    families = ((socket.AF_INET, "0.0.0.0/0"), (socket.AF_INET6, "::/0"))
    with netlink("take away a default route") as connection:
        for (family, everywhere), gateway in zip(families, gateways, strict=True):
            if gateway is None:
                with _absence_is_fine():
                    connection.route("del", family=family, dst=everywhere)


def set_cable_mtu(wiring: Wiring, place: Membership, netns: Path) -> None:
    """Give both ends of a member's cable the network's largest packet size, without a stop."""
    if not wiring.own_bridge and wiring.inputs.mtu is None:
        return
    mtu = wiring.inputs.mtu or 1500
    if (port := index_of(place.port)) is not None:
        with netlink(f"set the MTU of {place.port}") as connection:
            connection.link("set", index=port, mtu=mtu)
    with opened(netns) as namespace, inside(namespace), netlink("set the MTU inside") as within:
        if (device := index_of(place.device)) is not None:
            within.link("set", index=device, mtu=mtu)
