"""The life of a network: a bridge, its addresses, and its part of the packet filter."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from virtwright.errors import HostError, VirtwrightError
from virtwright.failpoints import reach
from virtwright.providers.base import Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.namespace.network import foreign
from virtwright.providers.namespace.network.attach import reattach, sync_firewall, wirings, wirings_by_id
from virtwright.providers.namespace.network.choices import choose, is_bridge
from virtwright.providers.namespace.network.hosts import write_hosts
from virtwright.providers.namespace.network.inspection import Inspection
from virtwright.providers.namespace.network.links import make_bridge, remove_bridge
from virtwright.providers.namespace.network.members import Member, all_members
from virtwright.providers.namespace.network.wiring import Wiring
from virtwright.providers.namespace.paths import Root
from virtwright.providers.namespace.records import Record, Records, boot_id, object_id
from virtwright.schemas.model import to_properties
from virtwright.schemas.network import Network, NetworkOutputs

KIND: Final = "Network"
STEP: Final = "namespace.network"
"""The failpoint between the steps of a network's life."""


class NetworkLifecycle:
    """Makes, changes, deletes and observes the networks of one root."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._records = Records(root)

    def create(self, stamp: Stamp, inputs: Network, context: Context) -> NetworkOutputs:
        with self._root.machine_lock(), self._root.lock():
            record = self._records.get(KIND, object_id(stamp))
            if record is None:
                self._records.free_name(
                    KIND, stamp, context
                )  # or another state's would be told as an overlap of addresses
                chosen = choose(object_id(stamp), inputs, wirings(self._root))
                record = Record.new(KIND, stamp, to_properties(inputs), chosen)
                record = self._records.create(record, context)
            try:
                self._build(Wiring.of(record))
                return _outputs(self._records.finish(record))
            except (VirtwrightError, OSError):
                self._demolish(record)
                raise

    def update(self, id: str, stamp: Stamp, prior: Network, goal: Network, context: Context) -> NetworkOutputs:
        with self._root.machine_lock():
            with self._root.lock():
                record = self._records.get(KIND, id)
                if record is None:
                    raise HostError(f"the network {id} is gone", hint="apply again: it will be made anew")
                record = replace(record, stamp=stamp, inputs=to_properties(goal), boot=boot_id())
                self._records.replace(record)
                wiring = Wiring.of(record)
                self._build(wiring)
                members, networks = self._members(id), wirings_by_id(self._root)
            for member in members:
                reattach(self._root, member, wiring, networks)
            with self._root.lock():
                write_hosts(self._root, networks, [id])
                return _outputs(self._records.finish(record))

    def delete(self, id: str, context: Context) -> None:
        with self._root.machine_lock(), self._root.lock():
            record = self._records.get(KIND, id)
            if record is None:
                self._records.remove(KIND, id)
                return
            if members := self._members(id):
                names = ", ".join(member.label for member in members)
                raise HostError(
                    f"the network {record.name} is in use by {names}", hint="remove them, or let them leave it, first"
                )
            self._demolish(record)

    def observe(self, stack: str) -> Iterator[Observed[Network, NetworkOutputs]]:
        records = self._records.list(KIND, stack)
        look = Inspection(self._root)
        for record in records:
            wiring = Wiring.of(record)
            link = look.links.get(wiring.bridge)
            inputs = wiring.inputs
            if wiring.own_bridge and link and link.mtu != (inputs.mtu or 1500):
                inputs = inputs.model_copy(update={"mtu": link.mtu})
            drift = tuple(look.network_drift(wiring))
            outdated = tuple(look.network_outdated(wiring))
            yield Observed(
                record.stamp, record.id, inputs, _outputs(record), drift, record.complete, outdated, made=record.created
            )

    def _build(self, wiring: Wiring) -> None:
        if wiring.own_bridge:
            make_bridge(wiring, self._root)
        elif not is_bridge(wiring.bridge):
            raise HostError(f"the machine's bridge {wiring.bridge}, which {wiring.name} joins, is gone")
        reach(STEP)
        sync_firewall(self._root)
        foreign.admit(self._root, [wiring])
        reach(STEP)

    def _demolish(self, record: Record) -> None:
        wiring = Wiring.of(record)
        foreign.dismiss(self._root, wiring)
        if wiring.own_bridge:
            remove_bridge(wiring.bridge, self._root)
        reach(STEP)
        sync_firewall(self._root, without=record.id)
        reach(STEP)
        self._records.remove(KIND, record.id)

    def _members(self, id: str) -> list[Member]:
        return [member for member in all_members(self._root) if member.on(id)]


def _outputs(record: Record) -> NetworkOutputs:
    wiring = Wiring.of(record)
    return NetworkOutputs(
        id=record.id,
        name=record.name,
        cidr=wiring.cidr,
        cidr6=wiring.cidr6,
        gateway=wiring.gateway,
        bridge=wiring.bridge,
    )
