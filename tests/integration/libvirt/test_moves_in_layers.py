"""Machines whose disks are layers, on their way to another host: over an image that goes there too, and over what snapshots keep."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.integration.libvirt.two_hosts import HOSTS, OWN, TwoHosts
from tests.programs import Item

from virtwright.errors import VirtwrightError
from virtwright.process import run
from virtwright.providers.context import Context
from virtwright.providers.libvirt.provider import LibvirtProvider
from virtwright.schemas.host import Host

pytestmark = [pytest.mark.root]


@pytest.mark.parametrize("way", ["cold", "live"])
def test_a_disk_stays_a_layer_over_the_image_that_comes_too(hosts: TwoHosts, tmp_path: Path, way: str) -> None:
    """What is in the image is sent once, as the image."""
    base = tmp_path / "base.qcow2"
    run(["qemu-img", "create", "-q", "-f", "qcow2", str(base), "2M"])
    run(["qemu-io", "-c", "write -P 0x33 0 64k", str(base)])
    image = {"source": {"file": str(base)}, "format": "qcow2"}
    hosts.inputs |= {"image": "{base.reference}", "libvirt": {"type": "qemu", "move": way}}

    def on(number: int) -> None:
        hosts.more = (Item("Image", "base", image, host=HOSTS[number]),)
        assert hosts.apply(number).succeeded, hosts.failures()

    hosts.inputs["power"] = "stopped"
    on(0)
    hosts.labs[0].run("qemu-io", "-c", "write -P 0x44 128k 64k", hosts.place(OWN))
    hosts.inputs["power"] = "running"
    on(0)
    before = hosts.shown(0, OWN)
    on(1)
    assert hosts.changes(1) == []
    assert hosts.domain(1).isActive()
    assert hosts.shown(1, OWN) == before
    assert "backing file: /var/lib/libvirt/images/shop_base" in hosts.labs[1].run(
        "qemu-img", "info", "-U", hosts.place(OWN)
    )
    assert hosts.path(1, OWN).stat().st_blocks * 512 < 1 << 20
    assert hosts.files(0) == [], "neither machine nor image"
    on(0)
    assert hosts.shown(0, OWN) == before


def test_layers_of_snapshots_are_put_together_first(hosts: TwoHosts) -> None:
    """A move would leave what the snapshots keep behind: the plan says so. Where they are gone, so are the layers."""
    hosts.running_with_data()
    before = hosts.content(0)
    with closing(LibvirtProvider("one", Host(uri=hosts.labs[0].uri))) as provider:
        operations: Any = provider.operations("VirtualMachine")
        id = hosts.domain(0).UUIDString()
        operations.snapshot(id, "kept", Context(), external=True, memory=False)
        with pytest.raises(VirtwrightError) as caught:
            hosts.plan(1)
        told = " ".join(f"{each.message} {each.hint}" for each in caught.value.problems)
        assert "an external snapshot of the machine shop_db lies over the volume shop_data.raw: it can't move" in told
        assert "shop_db has 1 snapshots, which can't go along" in told
        assert "virtwright snapshot delete NAME" in told
        assert hosts.changes(0) == []
        operations.delete_snapshot(id, "kept", Context())
    hosts.moved(1)
    assert hosts.content(1) == before


def test_an_image_of_another_name_is_the_same_where_its_checksum_is(hosts: TwoHosts, tmp_path: Path) -> None:
    """Another path: the disk becomes a whole. Another content: the machine is made anew."""
    bases = [tmp_path / "base.qcow2", tmp_path / "other.qcow2"]
    for number, base in enumerate(bases):
        run(["qemu-img", "create", "-q", "-f", "qcow2", str(base), "2M"])
        run(["qemu-io", "-c", f"write -P {0x33 + number} 0 64k", str(base)])
    hosts.inputs |= {"image": "{here-base.reference}", "power": "stopped"}
    sources = [("here-base", bases[0], 0), ("there-base", bases[0], 1), ("other-base", bases[1], 1)]
    hosts.more = [
        Item("Image", name, {"source": {"file": str(file)}, "format": "qcow2"}, host=HOSTS[on])
        for name, file, on in sources
    ]
    assert hosts.apply(0).succeeded, hosts.failures()
    before = hosts.shown(0, OWN)
    hosts.inputs["image"] = "{other-base.reference}"
    with pytest.raises(VirtwrightError, match="data would move to two, but a machine that uses it does not"):
        hosts.plan(1)
    hosts.inputs["image"] = "{there-base.reference}"
    assert hosts.apply(1).succeeded, hosts.failures()
    assert hosts.changes(1) == []
    assert hosts.shown(1, OWN) == before
    assert "backing file" not in hosts.labs[1].run("qemu-img", "info", hosts.place(OWN))
