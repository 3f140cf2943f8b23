"""How containers and machines join networks: the one door for the handlers of those kinds.

``reserve`` gives a member its addresses and makes its network namespace, ``connect`` brings about everything in it, whether it is new or in
use, ``attach`` does both, and ``detach`` undoes them. All may be repeated after an interruption, and finish what an earlier call began.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from virtwright.errors import HostError, VirtwrightError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.namespace.network import firewall, senders
from virtwright.providers.namespace.network.allocation import allocate
from virtwright.providers.namespace.network.hosts import prepare_hosts, write_hosts
from virtwright.providers.namespace.network.links import (
    configure,
    is_plugged,
    plug,
    reflect,
    set_cable_mtu,
    unplug,
)
from virtwright.providers.namespace.network.listeners import check_free
from virtwright.providers.namespace.network.members import (
    Member,
    Membership,
    all_members,
    forget,
    held,
    hosts_file,
    load,
    save,
)
from virtwright.providers.namespace.network.netns import exists, make, opened, remove
from virtwright.providers.namespace.network.wiring import Wiring
from virtwright.providers.namespace.paths import VOLATILE, Root
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


@dataclass(frozen=True, slots=True)
class Reserved:
    """A member with addresses and a namespace, and what is needed to connect it."""

    member: Member
    before: Member | None
    """What it was."""
    networks: Mapping[str, Wiring]
    """By id."""
    fresh: bool
    """Whether its namespace is new."""
    attached: Attached


def attach(
    root: Root,
    record: Record,
    attachments: Sequence[NetworkAttachment],
    ports: Sequence[PublishedPort],
    names: Sequence[str],
) -> Attached:
    """Join and leave networks and open and close ports, and mend what is broken, also while it runs.

    The first time it makes the namespace of ``record``, whose folder exists. ``names`` are the names under which the members of its networks
    find it: the resource's name and its hostname. With no attachments the namespace has a loopback device only. Addresses that it has stay, unless the stack
    fixes another. Raises ``HostError``: on a conflict nothing has changed; what is new is taken away again."""
    reserved = reserve(root, record, attachments, ports, names)
    connect(root, reserved)
    return reserved.attached


def reserve(
    root: Root,
    record: Record,
    attachments: Sequence[NetworkAttachment],
    ports: Sequence[PublishedPort],
    names: Sequence[str],
) -> Reserved:
    """The first part of ``attach``, after which the namespace can be entered."""
    with root.lock():
        before = load(root, record.kind, record.id)
        networks = wirings(root) if attachments else {}
        _check_known(record, attachments, networks)
        if attachments:
            _check_alone(root, record)
        others = [member for member in all_members(root) if member.id != record.id]
        member = allocate(record, names, attachments, ports, networks, others, before)
        check_free(port for port in member.ports if before is None or port not in before.ports)
        save(root, member)
    with _nothing_left_of_what_is_new(root, member, before):
        fresh = make(root.netns / record.id)
        prepare_hosts(root, member)
    by_id = {wiring.id: wiring for wiring in networks.values()}
    return Reserved(member, before, by_id, fresh, _attached(root, member))


def connect(root: Root, reserved: Reserved) -> None:
    """The second part of ``attach``."""
    member, before = reserved.member, reserved.before
    with _nothing_left_of_what_is_new(root, member, before):
        with held(root, member.kind, member.id):
            wanted = may_send(root, member)
            _let_send(root, wanted)  # before its cables: what comes in by them is held against it
            _plug(root, member, reserved.networks, left=before.networks if before else (), fresh=reserved.fresh)
            _let_send(root, (), may_send(root, before) - wanted if before else ())
        _change_ports(root, member, before)
    with root.lock():
        touched = {place.network for known in (before, member) if known for place in known.networks}
        write_hosts(root, wirings_by_id(root), touched, of=member.id)


@contextmanager
def _nothing_left_of_what_is_new(root: Root, member: Member, before: Member | None) -> Iterator[None]:
    try:
        yield
    except VirtwrightError:
        if before is None:
            detach(root, member.kind, member.id)
        raise


def attached(root: Root, kind: str, id: str) -> Attached | None:
    """What ``attach`` returned; None where it was not attached. Touches nothing."""
    member = load(root, kind, id)
    return _attached(root, member) if member else None


def detach(root: Root, kind: str, id: str) -> None:
    """Remove namespace, cables and ports, and free the addresses. Fine where there is nothing. Raises ``HostError``."""
    with held(root, kind, id):
        member = load(root, kind, id)
        if member is not None and exists(
            root.netns / id
        ):  # else its cables went with it, or a copied record names another root's
            networks = wirings_by_id(root)
            for place in member.networks:
                unplug(place, networks.get(place.network))
        remove(root.netns / id)
        if member is None:
            return
    with root.lock():
        closed = _close(root, member)
        forget(root, kind, id)
        write_hosts(root, wirings_by_id(root), [place.network for place in member.networks])
        if not closed:
            sync_firewall(root)


def reattach(root: Root, member: Member, changed: Wiring, networks: Mapping[str, Wiring]) -> None:
    """After ``changed`` has changed: lay the cables of ``member`` anew where they are gone or lead to the wrong bridge, and let
    them take what the network takes. ``networks`` is by id. Does nothing to one that has left meanwhile."""
    with held(root, member.kind, member.id):
        now = load(root, member.kind, member.id)
        if now is None or not exists(root.netns / now.id):
            return
        _plug(root, now, networks)
        if (place := now.on(changed.id)) is not None:
            set_cable_mtu(changed, place, root.netns / now.id)


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


def sync_firewall(root: Root, *, without: str | None = None) -> None:
    """Bring the whole filter to what the records say, but for the network ``without`` (an id), which is about to go; with
    the last network the filter goes. Call it under the root's lock."""
    networks = [wiring for id, wiring in wirings_by_id(root).items() if id != without]
    if not networks:
        return firewall.remove_tables(root)
    members = list(all_members(root))
    ports = [port for member in members for port in member.ports]
    sent = [element for member in members for element in may_send(root, member)]
    firewall.apply(firewall.whole_document(firewall.table_name(root), networks, ports, sent))


def may_send(root: Root, member: Member) -> frozenset[senders.Element]:
    """Empty for one that may send whatever it likes."""
    held = senders.is_held(Records(root).get(member.kind, member.id))
    return senders.elements(member) if held else frozenset()


def _check_alone(root: Root, record: Record) -> None:
    """Ids are never made twice: where another root has a namespace for this one, one is a copy, and its cables bear the same names."""
    if exists(root.netns / record.id):
        return
    if any(exists(found) for found in VOLATILE.glob(f"*/netns/{record.id}")):
        raise HostError(
            f"the {record.kind} {record.name} is on its networks in another root of this machine, of which {root.path} is a copy",
            hint="delete it in one of them first",
        )


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
    for old in () if fresh else left:
        if old not in member.networks and not _only_renamed(old, member):
            unplug(old, networks.get(old.network))
    new = []
    with opened(root.netns / member.id) as namespace:
        for place, wiring in places:
            if fresh or not is_plugged(place, wiring):
                plug(place, wiring, namespace)
                new.append(place)
            if member.ports and wiring.own_bridge:
                reflect(place)
        if places:
            configure(namespace, places, default, new=new, fresh=fresh)


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


def _let_send(root: Root, added: Collection[senders.Element], removed: Collection[senders.Element] = ()) -> None:
    try:
        senders.change(firewall.table_name(root), added, removed)
    except HostError:
        with root.lock():  # the table is not as it should be: make it so
            sync_firewall(root)


def _close(root: Root, member: Member) -> bool:
    """Take its ports and addresses out of the filter; False where that did not hold them all."""
    table = firewall.table_name(root)
    try:
        firewall.apply(firewall.ports_document(table, (), member.ports))
        senders.change(table, (), may_send(root, member))
    except HostError:
        return False
    return True


def _attached(root: Root, member: Member) -> Attached:
    first = {place.name: address for place in member.networks if (address := place.address or place.address6)}
    second = {place.name: place.address6 for place in member.networks if place.address6}
    return Attached(root.netns / member.id, hosts_file(root, member), first, second)
