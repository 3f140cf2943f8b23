"""Interfaces of others: what can be said, and what of them can't."""

from typing import Any

import pytest

from virtwright.providers.libvirt.machines.foreign.interfaces import tell_interfaces
from virtwright.providers.libvirt.xml import from_text

MAC = "52:54:00:11:22:AA"
OWN = f"<mac address='{MAC}'/><source network='lan'/>"
TOLD = {"network": "lan", "mac": MAC.lower()}


def told(devices: str) -> tuple[list[dict[str, Any]], list[str]]:
    return tell_interfaces(from_text(f"<domain><devices>{devices}</devices></domain>"))


@pytest.mark.parametrize(
    ("inside", "wanted"),
    [
        (OWN, TOLD),
        ("<source network='lan'/>", {"network": "lan"}),
        *((f"{OWN}<model type='{name}'/>", {**TOLD, "model": name}) for name in ("virtio", "e1000", "e1000e", "rtl8139")),
        (f"{OWN}<boot order='3'/>", {**TOLD, "boot_order": 3}),
        (f"{OWN}<alias name='net0'/><address type='pci'/><target dev='vnet0'/>", TOLD),
        (f"<mac address='{MAC}'/><source network='lan' portid='p' bridge='virbr0'/>", TOLD),
    ],
)  # fmt: skip
def test_what_can_be_said(inside: str, wanted: dict[str, Any]) -> None:
    assert told(f"<interface type='network'>{inside}</interface>") == ([wanted], [])


@pytest.mark.parametrize(
    ("inside", "unsaid"),
    [
        (f"{OWN}<model type='ne2k_pci'/>", ["model ne2k_pci"]),
        (f"<mac address='{MAC}'/><source network='lan' portgroup='red'/>", ["portgroup red"]),
        (f"{OWN}<filterref filter='x' mode='y'/><bandwidth/>", ["filterref filter=x mode=y", "bandwidth"]),
    ],
)
def test_what_one_has_besides(inside: str, unsaid: list[str]) -> None:
    assert told(f"<interface type='network'>{inside}</interface>") == (
        [TOLD],
        [f"interface {MAC.lower()}: {each}" for each in unsaid],
    )


@pytest.mark.parametrize(
    ("xml", "unsaid"),
    [
        (f"<interface type='bridge'><mac address='{MAC}'/><source bridge='br0'/></interface>",
         f"interface {MAC.lower()}: of type bridge, bridge br0"),
        (f"<interface type='direct'><mac address='{MAC}'/><source dev='eth0' mode='vepa'/></interface>",
         f"interface {MAC.lower()}: of type direct, dev eth0, mode vepa"),
        ("<interface type='user'/>", "interface : of type user"),
        ("<interface type='network'><source/></interface>", "interface : of type network"),
        ("<interface type='bridge'><source network='lan'/></interface>", "interface : of type bridge, network lan"),
    ],
)  # fmt: skip
def test_what_can_not_be_said_at_all(xml: str, unsaid: str) -> None:
    later = f"<interface type='network'>{OWN}</interface>"
    assert told(xml + later) == ([TOLD], [unsaid])
