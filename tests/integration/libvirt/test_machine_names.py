"""The names that machines have on their networks, as the network's own server tells them."""

from typing import Any

import pytest
from tests.integration.libvirt.handlers import Made
from tests.libvirt_lab import LibvirtLab

from virtwright.providers.libvirt.provider import LibvirtProvider

pytestmark = pytest.mark.root


def address_of(lab: LibvirtLab, name: str) -> str:
    """Empty where the server knows no such name."""
    told = lab.run("busybox", "nslookup", "-type=a", name, "10.40.0.1", check=False)
    return next((line.split()[-1] for line in told.splitlines()[3:] if line.startswith("Address")), "")


def test_names_come_and_go_while_the_machine_runs(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> None:
    theirs = {"name": "theirs.shop", "address": "10.40.0.10"}
    back = Made(host, "Network", "back", cidr="10.40.0.0/24", dns={"records": [theirs]})
    network = {"network": back.outputs.name, "address": "10.40.0.10"}
    plain: dict[str, Any] = {"memory": "64MiB", "power": "paused", "libvirt": {"type": "qemu"}, "shutdown_timeout": 0}
    machine = Made(host, "VirtualMachine", "db", **plain, networks=[{**network, "aliases": ["db.shop", "store"]}])
    started = libvirt_lab.api.lookupByName("shop_prod_db").ID()

    def known() -> list[str]:
        return [address_of(libvirt_lab, name) for name in ("db.shop", "store", "new.shop", "theirs.shop")]

    assert known() == ["10.40.0.10", "10.40.0.10", "", "10.40.0.10"]
    assert machine.drift() == [] and back.drift() == []
    machine.change("a1", **plain, networks=[{**network, "aliases": ["new.shop", "store"]}])
    assert known() == ["", "10.40.0.10", "10.40.0.10", "10.40.0.10"]
    machine.change("a2", **plain, networks=[{**network, "address": "10.40.0.11", "aliases": ["new.shop"]}])
    assert known() == ["", "", "10.40.0.11", "10.40.0.10"]
    assert libvirt_lab.api.lookupByName("shop_prod_db").ID() == started

    back.change("a3", cidr="10.40.0.0/24", dns={"records": [theirs], "domain": "example"})
    assert known()[2:] == ["10.40.0.11", "10.40.0.10"], "it was started anew"
    lines = libvirt_lab.api.networkLookupByName(back.outputs.name)
    lines.update(2, 10, -1, "<host ip='10.40.0.11'/>", 3)  # somebody deletes the DNS record
    assert machine.drift() == ["networks[0].aliases"]
    machine.change("a4", **plain, networks=[{**network, "address": "10.40.0.11", "aliases": ["new.shop"]}])
    assert known()[2] == "10.40.0.11" and machine.drift() == []
    machine.delete()
    assert known() == ["", "", "", "10.40.0.10"]
    assert back.drift() == []
