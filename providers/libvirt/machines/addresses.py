"""The addresses of machines, as their networks' DHCP servers know them."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.machines.glance import Machine
from virtwright.providers.libvirt.machines.naming import named
from virtwright.providers.libvirt.machines.record import MachineRecord
from virtwright.providers.libvirt.machines.reservations import reserved
from virtwright.providers.libvirt.xml import from_text
from virtwright.schemas.attachments import NetworkAttachment
from virtwright.schemas.machine import VirtualMachine

if TYPE_CHECKING:
    from libvirt import virConnect


@dataclass(frozen=True, slots=True)
class Addresses:
    """By network, then by MAC address."""

    reservations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    leases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    """By network, then by address: what its DNS server has besides the machines' own."""

    def of(self, machine: Machine) -> dict[str, str]:
        """The machine's addresses by network: what is reserved, else what was given out."""
        found: dict[str, str] = {}
        for each in machine.settings["networks"]:
            network, mac = each["network"], each["mac"]
            address = self.reservations.get(network, {}).get(mac) or self.leases.get(network, {}).get(mac)
            if address is not None:
                found.setdefault(network, address)
        return found

    def fixed(self, inputs: VirtualMachine, record: MachineRecord) -> list[NetworkAttachment]:
        """The attachments, with the addresses that are really reserved and the names that are really known."""
        return [
            self._fixed(join, mac)
            for join, mac in zip(inputs.networks, (*record.macs, *[""] * len(inputs.networks)), strict=False)
        ]

    def _fixed(self, join: NetworkAttachment, mac: str) -> NetworkAttachment:
        has = self.reservations.get(join.network, {}).get(mac)
        told: dict[str, Any] = {} if has == join.address else {"address": has}
        if join.aliases:
            there = self.names.get(join.network, {}).get(str(join.address or join.address6), frozenset())
            aliases = [each for each in join.aliases if each in there]
            told |= {} if aliases == join.aliases else {"aliases": aliases}
        return join.model_copy(update=told) if told else join


def look_up(connection: LibvirtConnection, machines: Sequence[Machine]) -> Addresses:
    """Of what the machines have on their networks."""
    if not any(machine.settings["networks"] for machine in machines):
        return Addresses()
    return connection.call("ask its networks for addresses", lambda libvirt: ask(libvirt, machines), repeatable=True)


def ask(libvirt: "virConnect", machines: Sequence[Machine]) -> Addresses:
    """One call for all networks, one for each that the machines are on, and one more for each with addresses that are fixed."""
    from virtwright.providers.libvirt.connection.library import libvirt as lib

    joins = [join for each in machines for join in each.declared.networks]
    fixed = {join.network for join in joins if join.address is not None or join.aliases}
    wanted = {each["network"] for machine in machines for each in machine.settings["networks"]}
    reservations: dict[str, Mapping[str, str]] = {}
    leases: dict[str, Mapping[str, str]] = {}
    names: dict[str, Mapping[str, frozenset[str]]] = {}
    for network in libvirt.listAllNetworks():
        name = network.name()
        if name not in wanted:
            continue
        try:
            if name in fixed:
                root = from_text(network.XMLDesc(0))
                reservations[name], names[name] = reserved(root), named(root)
            leases[name] = _leases(network)
        except lib.libvirtError as error:
            expected = (lib.VIR_ERR_NO_NETWORK, lib.VIR_ERR_NO_SUPPORT, lib.VIR_ERR_OPERATION_INVALID)
            if error.get_error_code() not in expected:
                raise
    return Addresses(reservations, leases, names)


def _leases(network: Any) -> dict[str, str]:
    """IPv4, the newest last."""
    found = sorted(network.DHCPLeases(), key=lambda lease: lease.get("expirytime", 0))
    return {lease["mac"].lower(): lease["ipaddr"] for lease in found if lease.get("type") == 0}
