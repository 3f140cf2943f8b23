"""Where a member's places on its networks come from: what the stack fixes, what it had before, what is free. Pure."""

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Final

from virtwright.errors import HostError
from virtwright.providers.namespace.network.addresses import (
    Ip,
    Net,
    fixed_address,
    free_address,
    mac_for,
    port_name,
)
from virtwright.providers.namespace.network.members import Member, Membership, Published, taken_addresses
from virtwright.providers.namespace.network.wiring import Wiring
from virtwright.providers.namespace.records import Record
from virtwright.schemas.attachments import NetworkAttachment, PublishedPort

_LONGEST_NAME: Final = 253


def allocate(
    record: Record,
    names: Sequence[str],
    attachments: Sequence[NetworkAttachment],
    ports: Sequence[PublishedPort],
    networks: Mapping[str, Wiring],
    others: list[Member],
    before: Member | None = None,
) -> Member:
    """The member with every place and port settled. ``networks`` is by name on the host; ``others`` is without itself.

    Raises ``HostError`` for an address or port that is taken, naming who has it.
    """
    places: list[Membership] = []
    kept = {place.network: place for place in before.networks} if before else {}
    devices = {place.device for attachment in attachments if (place := kept.get(networks[attachment.network].id))}
    for attachment in attachments:
        wiring = networks[attachment.network]
        if any(place.network == wiring.id for place in places):
            raise HostError(f"the {record.kind} {record.name} joins the network {wiring.name} twice")
        old = kept.get(wiring.id)
        device = old.device if old else _free_device(devices)
        devices.add(device)
        places.append(_place(record, attachment, wiring, taken_addresses(others, wiring.id), device, old))
    published = tuple(_published(port, places, networks) for port in ports)
    check_ports(record, published, others)
    known = tuple(dict.fromkeys(filter(None, map(resolvable, names))))
    return Member(record.kind, record.id, record.name, record.stamp.urn, known, tuple(places), published)


def resolvable(name: str) -> str:
    """``name`` as a hosts file can hold it: a resource of a program may be called anything."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.")[:_LONGEST_NAME]


def check_ports(record: Record, ports: Sequence[Published], others: Sequence[Member]) -> None:
    """Raises ``HostError`` where two publish the same port."""
    for index, port in enumerate(ports):
        if any(port.clashes(other) for other in ports[:index]):
            raise HostError(f"the {record.kind} {record.name} publishes {port} twice")
        for member in others:
            if any(port.clashes(other) for other in member.ports):
                raise HostError(
                    f"the host's port {port} is already published by {member.label}",
                    hint="publish another host_port, or remove the other first",
                )


def _free_device(used: set[str]) -> str:
    number = 0
    while f"eth{number}" in used:
        number += 1
    return f"eth{number}"


def _place(
    record: Record,
    attachment: NetworkAttachment,
    wiring: Wiring,
    taken: Mapping[Ip, str],
    device: str,
    old: Membership | None,
) -> Membership:
    mac = attachment.mac or mac_for(record.stamp.urn, wiring.name)
    busy = {**taken, **{ip_address(text): "the gateway" for text in (wiring.gateway, wiring.gateway6) if text}}
    return Membership(
        wiring.id,
        wiring.name,
        device,
        port_name(record.id, wiring.id),
        mac,
        _address(wiring, wiring.net4, attachment.address or _reserved(wiring, mac), busy, old.address if old else None),
        _address(wiring, wiring.net6, attachment.address6, busy, old.address6 if old else None),
        tuple(attachment.aliases),
    )


def _address(wiring: Wiring, net: Net | None, fixed: str | None, busy: Mapping[Ip, str], old: str | None) -> str | None:
    if net is None:
        if fixed:
            raise HostError(f"the network {wiring.name} has no addresses like {fixed}: its cidr is {wiring.cidr}")
        return None
    if fixed:
        return str(fixed_address(fixed, net, busy, name=wiring.name))
    if old and (kept := ip_address(old)) in net and kept not in busy:
        return old
    if net.version == 6:
        return str(free_address(net, busy, name=wiring.name))
    dhcp = wiring.inputs.dhcp
    start, end = (ip_address(dhcp.range.start), ip_address(dhcp.range.end)) if dhcp and dhcp.range else (None, None)
    reserved = [ip_address(item.address) for item in dhcp.reservations] if dhcp else []
    return str(free_address(net, [*busy, *reserved], start, end, name=wiring.name))


def _reserved(wiring: Wiring, mac: str) -> str | None:
    reservations = wiring.inputs.dhcp.reservations if wiring.inputs.dhcp else []
    return next((item.address for item in reservations if item.mac == mac), None)


def _published(port: PublishedPort, places: Sequence[Membership], networks: Mapping[str, Wiring]) -> Published:
    routable = [place for place in places if networks[place.name].own_bridge]
    host_port = port.host_port or port.port
    target4 = next((place.address for place in routable if place.address), None)
    target6 = next((place.address6 for place in routable if place.address6), None)
    version = ip_address(port.host_address).version if port.host_address else None
    if not any(target for target, own in ((target4, 4), (target6, 6)) if version in (None, own)):
        what = f"an IPv{version} address" if version else "an address"
        raise HostError(
            f"port {port.port} can't be published: that needs {what} on a network of mode nat, routed or isolated",
            hint="join such a network, or leave out ports",
        )
    return Published(
        port.protocol,
        port.host_address,
        host_port,
        port.port,
        target4 if version in (None, 4) else None,
        target6 if version in (None, 6) else None,
    )
