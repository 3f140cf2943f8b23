"""How containers and machines join networks: the one door for the handlers of those kinds.

``attach`` makes a network namespace with everything in it, ``update`` changes it while it is in use, ``detach`` undoes
it. All three may be repeated after an interruption, and finish what an earlier call began.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from virtwright.errors import HostError, UnsupportedError, VirtwrightError
from virtwright.providers.namespace.network import firewall
from virtwright.providers.namespace.network.allocation import allocate
from virtwright.providers.namespace.network.hosts import make_readable, write_hosts
from virtwright.providers.namespace.network.links import configure, is_plugged, plug, reflect, remove_link
from virtwright.providers.namespace.network.listeners import check_free
from virtwright.providers.namespace.network.members import (
    Member,
    Membership,
    Published,
    all_members,
    forget,
    hosts_file,
    load,
    save,
)
from virtwright.providers.namespace.network.netns import exists, make, opened, remove
from virtwright.providers.namespace.network.wiring import Wiring
from virtwright.providers.namespace.paths import Root
from virtwright.providers.namespace.records import Record, Records
from virtwright.schemas.attachments import NetworkAttachment, PublishedPort


@dataclass(frozen=True, slots=True)
class Attached:
    """What a container handler needs to know of its container's networks."""

    netns: Path
    """The network namespace: enter it with setns."""
    hosts_file: Path
    """To be mounted at /etc/hosts. It is rewritten in place when members come and go."""
    addresses: Mapping[str, str]
    """By the network's name on the host: the IPv4 address, else the IPv6 one. In the order of the attachments."""
    addresses6: Mapping[str, str]

    @property
    def address(self) -> str | None:
        """The first address."""
        return next(iter(self.addresses.values()), None)


def check_attachments(networks: Sequence[NetworkAttachment], ports: Sequence[PublishedPort]) -> None:
    """For a handler's ``check``. Raises ``UnsupportedError`` for what this runtime can't do."""
    for attachment in networks:
        if attachment.model is not None:
            raise UnsupportedError(
                f"the namespace runtime has no emulated network devices such as {attachment.model}",
                hint="leave out model, or use a libvirt host",
            )
    if ports and not networks:
        raise UnsupportedError(
            "ports can't be published without a network", hint="add a network: networks: [back]; or leave out ports"
        )


def attach(
    root: Root,
    record: Record,
    attachments: Sequence[NetworkAttachment],
    ports: Sequence[PublishedPort],
    names: Sequence[str],
) -> Attached:
    """Make the namespace of ``record`` (whose folder exists) and everything in it.

    ``names`` are the names under which the members of its networks find it: the resource's name and its hostname. With
    no attachments the namespace has a loopback device only. Raises ``HostError``; then nothing is left of it.
    """
    return _bring_about(root, record, attachments, ports, names)


def update(
    root: Root,
    record: Record,
    attachments: Sequence[NetworkAttachment],
    ports: Sequence[PublishedPort],
    names: Sequence[str],
) -> Attached:
    """Join and leave networks and open and close ports while it runs, and mend what is broken. Addresses that it has
    stay, unless the stack fixes another. Raises ``HostError``; on a conflict nothing has changed."""
    return _bring_about(root, record, attachments, ports, names)


def attached(root: Root, kind: str, id: str) -> Attached | None:
    """What ``attach`` returned; None where it was not attached. Touches nothing."""
    member = load(root, kind, id)
    return _attached(root, member) if member else None


def detach(root: Root, kind: str, id: str) -> None:
    """Remove namespace, cables and ports, and free the addresses. Fine where there is nothing. Raises ``HostError``."""
    member = load(root, kind, id)
    remove(root.netns / id)
    if member is None:
        return
    for place in member.networks:
        remove_link(place.port)
    with root.lock():
        closed = _close_ports(root, member.ports)
        forget(root, kind, id)
        write_hosts(root, wirings_by_id(root), [place.network for place in member.networks])
        if not closed:
            sync_firewall(root)


def reattach(root: Root, member: Member, networks: Mapping[str, Wiring]) -> None:
    """Lay the cables of ``member`` anew where they are gone or lead to the wrong bridge. ``networks`` is by id."""
    if exists(root.netns / member.id):
        _plug(root, member, networks)


def wirings(root: Root) -> dict[str, Wiring]:
    """The root's networks by their names on the host."""
    return {wiring.name: wiring for wiring in wirings_by_id(root).values()}


def wirings_by_id(root: Root) -> dict[str, Wiring]:
    return {record.id: _wiring(record) for record in Records(root).list("Network")}


_known: dict[str, tuple[Record, Wiring]] = {}


def _wiring(record: Record) -> Wiring:
    """Made once for each version of a record: validating its inputs is slow, and every member asks."""
    known = _known.get(record.id)
    if known is None or known[0] is not record:
        known = _known[record.id] = (record, Wiring.of(record))
    return known[1]


def sync_firewall(root: Root) -> None:
    """Bring the whole table to what the records say. Call it under the root's lock."""
    networks = wirings_by_id(root).values()
    ports = [port for member in all_members(root) for port in member.ports]
    firewall.apply(firewall.whole_document(firewall.table_name(root), networks, ports))


def _bring_about(
    root: Root,
    record: Record,
    attachments: Sequence[NetworkAttachment],
    ports: Sequence[PublishedPort],
    names: Sequence[str],
) -> Attached:
    with root.lock():
        before = load(root, record.kind, record.id)
        networks = wirings(root) if attachments else {}
        _check_known(record, attachments, networks)
        others = [member for member in all_members(root) if member.id != record.id]
        member = allocate(record, names, attachments, ports, networks, others, before)
        check_free(port for port in member.ports if before is None or port not in before.ports)
        save(root, member)
    try:
        fresh = make(root.netns / record.id)
        by_id = {wiring.id: wiring for wiring in networks.values()}
        _plug(root, member, by_id, left=before.networks if before else (), fresh=fresh)
        _change_ports(root, member, before)
    except VirtwrightError:
        if before is None:
            detach(root, record.kind, record.id)
        raise
    with root.lock():
        touched = {place.network for known in (before, member) if known for place in known.networks}
        write_hosts(root, wirings_by_id(root), touched, of=record.id)
        make_readable(root, member)
    return _attached(root, member)


def _check_known(record: Record, attachments: Sequence[NetworkAttachment], networks: Mapping[str, Wiring]) -> None:
    for attachment in attachments:
        if attachment.network not in networks:
            raise HostError(
                f"the {record.kind} {record.name} joins the network {attachment.network}, which is not on this host",
                hint="apply the stack that has the network first",
            )


def _plug(
    root: Root,
    member: Member,
    networks: Mapping[str, Wiring],
    *,
    left: Sequence[Membership] = (),
    fresh: bool = False,
) -> None:
    """Lay what cables are missing (all, into a ``fresh`` namespace), take away those of ``left`` that are not wanted as
    they are, and set addresses and routes."""
    places = [(place, networks[place.network]) for place in member.networks if place.network in networks]
    default = next((wiring for _, wiring in places if wiring.leads_out and (wiring.gateway or wiring.gateway6)), None)
    for old in left:
        if old not in member.networks and not _only_renamed(old, member):
            remove_link(old.port)
    with opened(root.netns / member.id) as namespace:
        for place, wiring in places:
            if fresh or not is_plugged(place, wiring):
                plug(place, wiring, namespace)
            if member.ports and wiring.own_bridge:
                reflect(place)
        if places:
            configure(namespace, places, default, fresh=fresh)


def _only_renamed(old: Membership, member: Member) -> bool:
    """Whether nothing but aliases differs, so that the cable can stay."""
    new = member.on(old.network)
    return new is not None and (new.mac, new.addresses, new.device) == (old.mac, old.addresses, old.device)


def _change_ports(root: Root, member: Member, before: Member | None) -> None:
    table = firewall.table_name(root)
    old = before.ports if before else ()
    added = member.ports  # also those that it had: they may be gone, and to add what is there is fine
    removed = [port for port in old if port not in member.ports]
    try:
        firewall.apply(firewall.ports_document(table, added, removed))
    except HostError:
        with root.lock():  # the table is not as it should be: make it so
            sync_firewall(root)


def _close_ports(root: Root, ports: Sequence[Published]) -> bool:
    """False where the table did not hold them all."""
    try:
        firewall.apply(firewall.ports_document(firewall.table_name(root), (), ports))
    except HostError:
        return False
    return True


def _attached(root: Root, member: Member) -> Attached:
    first = {place.name: address for place in member.networks if (address := place.address or place.address6)}
    second = {place.name: place.address6 for place in member.networks if place.address6}
    return Attached(root.netns / member.id, hosts_file(root, member), first, second)
