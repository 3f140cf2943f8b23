"""What others may do to the objects of a stack on a libvirt host."""

from typing import Any

from tests.contract.libvirt.asking import network, volume_file
from tests.contract.libvirt.items import BACK, BASE, DATA, SHOP
from tests.contract.subject import Harm


def _stop(subject: Any) -> None:
    network(subject.api, "back").destroy()


def _no_autostart(subject: Any) -> None:
    network(subject.api, "back").setAutostart(0)


def _remove_network(subject: Any) -> None:
    found = network(subject.api, "back")
    found.destroy()
    found.undefine()


def _rename_network(subject: Any) -> None:
    """As ``virsh net-edit`` does not: its definition is taken away, and comes back with another name."""
    found = network(subject.api, "back")
    xml = found.XMLDesc()
    found.destroy()
    found.undefine()
    made = subject.api.networkDefineXML(xml.replace("<name>shop_back<", "<name>renamed<", 1))
    made.setAutostart(1)
    made.create()


def _narrow(subject: Any) -> None:
    """``virsh net-update``: delete the range, add another."""
    found = network(subject.api, "back")
    for command, first in ((2, "10.40.0.2"), (3, "10.40.0.50")):
        found.update(command, 5, -1, f"<range start='{first}' end='10.40.0.254'/>", 3)


def _remove_volume(subject: Any) -> None:
    found = volume_file(subject.lab, "data")
    assert found is not None
    found.unlink()


def _shrink_image(subject: Any) -> None:
    for each in (subject.lab.lib / "images").glob("shop_base_*.qcow2"):
        each.unlink()


ANYWHERE: tuple[Harm, ...] = (
    Harm("network-stopped", SHOP, _stop, frozenset({"back.active"})),
    Harm("network-renamed", SHOP, _rename_network, frozenset({"back.name"})),
    Harm("network-deleted", SHOP, _remove_network, frozenset({"back"})),
)
HARMS: tuple[Harm, ...] = (
    *ANYWHERE,
    Harm("network-not-started-with-host", (BACK, DATA), _no_autostart, frozenset({"back.autostart"})),
    Harm("network-edited", SHOP, _narrow, frozenset({"back.dhcp"})),
    Harm("volume-deleted", (DATA,), _remove_volume, frozenset({"data.data"}), data="lost"),
    Harm("image-deleted", (BASE, DATA), _shrink_image, frozenset({"base.state"})),
)
