"""Machines that move from one libvirt host to another by their disks, with what uses and is used; cut off anywhere, they are on
exactly one host."""

from pathlib import Path

import pytest
from tests.guests.kernel import cloud_kernel
from tests.integration.libvirt.two_hosts import TwoHosts, apply_dying
from tests.programs import Item

from virtwright.engine.step import Op
from virtwright.errors import VirtwrightError
from virtwright.process import run
from virtwright.providers.diff import Impact

pytestmark = [pytest.mark.root]


def test_a_stopped_machine_moves_with_its_disks_and_back(hosts: TwoHosts) -> None:
    hosts.inputs["power"] = "stopped"
    hosts.moved(0)
    hosts.write(0)
    before, id = hosts.content(0), hosts.domain(0).UUIDString()
    steps = {step.urn.name: step for step in hosts.plan(1).steps if step.op is not Op.SAME}
    assert {name: (step.op, step.impact, step.from_host) for name, step in steps.items()} == dict.fromkeys(
        ("data", "db"), (Op.MOVE, Impact.NONE, "one")
    )
    assert "does not run" in steps["db"].reason
    hosts.moved(1)
    assert hosts.content(1) == before
    assert hosts.domain(1).UUIDString() == id
    hosts.moved(0)
    assert hosts.content(0) == before


def test_a_running_machine_is_shut_down_for_it_and_runs_there(hosts: TwoHosts) -> None:
    hosts.inputs["libvirt"] = {"type": "qemu", "move": "cold"}
    hosts.moved(0)
    hosts.inputs["autostart"] = True
    hosts.moved(0)
    before = hosts.content(0)
    step = next(step for step in hosts.plan(1).steps if step.urn.name == "db")
    assert (step.op, step.impact) == (Op.MOVE, Impact.REBOOT)
    assert {change.field: change.impact for change in step.changes} == {
        "host": Impact.REBOOT,
        "networks[0].network": Impact.LIVE,
    }
    hosts.moved(1)
    assert (hosts.domain(1).isActive(), hosts.domain(1).autostart()) == (1, 1)
    assert hosts.content(1) == before


def test_the_variables_of_its_firmware_move_along_and_a_tpm_does_not(hosts: TwoHosts) -> None:
    variables = [lab.folder / "lib/qemu/nvram/shop_db_VARS.fd" for lab in hosts.labs]
    hosts.inputs |= {"firmware": "uefi", "machine_type": "q35", "memory": "128MiB", "power": "paused"}
    hosts.moved(0)
    hosts.inputs["power"] = "stopped"
    hosts.moved(0)
    variables[0].write_bytes(own := b"mine" + variables[0].read_bytes()[4:])
    variables[1].write_bytes(b"those of a machine that was renamed")
    assert not hosts.apply(1).succeeded
    assert f"two has a file /var/lib/libvirt/qemu/nvram/{variables[1].name} already" in hosts.failures()[0]
    assert (hosts.machines(0), hosts.machines(1)) == (["shop_db"], [])
    assert variables[1].read_bytes() == b"those of a machine that was renamed"
    variables[1].unlink()
    assert apply_dying(hosts, 1, "libvirt.move:7=kill")
    assert variables[1].read_bytes() == own, "it was killed behind them"
    hosts.moved(1)
    assert variables[1].read_bytes() == own
    assert not variables[0].exists()
    hosts.inputs["libvirt"] = {"type": "qemu", "tpm": True}
    hosts.moved(1)
    with pytest.raises(VirtwrightError, match="what the TPM of shop_db holds can't be read while it is off"):
        hosts.plan(0)


def test_what_is_in_the_way_is_told_by_the_plan(hosts: TwoHosts) -> None:
    hosts.inputs["power"] = "stopped"
    hosts.moved(0)
    with pytest.raises(VirtwrightError, match=r"two has no volume default/shop_data\.raw") as caught:
        hosts.plan(1, data=0)
    assert "host: two" in str(caught.value.hint)
    with pytest.raises(VirtwrightError, match="data would move to two, but a machine that uses it does not"):
        hosts.plan(0, data=1)
    known = "<name>a</name><creationTime>1</creationTime><state>shutoff</state>"
    domain = hosts.domain(0).XMLDesc(2)
    hosts.domain(0).snapshotCreateXML(f"<domainsnapshot>{known}{domain}</domainsnapshot>", 1)  # redefine
    with pytest.raises(VirtwrightError, match="has 1 snapshots, which can't go along"):
        hosts.plan(1)
    hosts.domain(0).snapshotLookupByName("a").delete(2)
    stranger = "<domain type='qemu'><name>shop_db</name><memory>1024</memory><os><type>hvm</type></os></domain>"
    hosts.labs[1].api.defineXML(stranger)
    with pytest.raises(VirtwrightError, match="two has a machine shop_db already"):
        hosts.plan(1)
    hosts.domain(1).undefine()
    hosts.moved(1)


def test_one_that_can_t_run_there_goes_on_where_it_was(hosts: TwoHosts) -> None:
    hosts.inputs |= {"libvirt": {"type": "qemu", "move": "cold"}, "boot": {"kernel": "/mnt/kernel"}}
    lab = hosts.labs[0]
    lab.run("sh", "-c", f"mount -t tmpfs tmp /mnt && cp {cloud_kernel().image} /mnt/kernel")
    try:
        hosts.moved(0)
        before, number = hosts.content(0), hosts.domain(0).ID()
        assert not hosts.apply(1).succeeded
        assert "shop_db is where it was, on one: could not start" in hosts.failures()[0]
        assert hosts.domain(0).isActive()
        assert hosts.domain(0).ID() != number, "it was started again"
        hosts.moved(0)
        assert hosts.content(0) == before
    finally:
        lab.run("umount", "/mnt")


@pytest.mark.parametrize("way", ["cold", "live"])
def test_a_layer_over_an_image_and_a_seed_go_along(hosts: TwoHosts, tmp_path: Path, way: str) -> None:
    """The image stays where it is: the disk becomes a whole on its way."""
    base = tmp_path / "base.qcow2"
    run(["qemu-img", "create", "-q", "-f", "qcow2", str(base), "2M"])
    run(["qemu-io", "-c", "write -P 0x33 0 64k", str(base)])
    hosts.more = (Item("Image", "base", {"source": {"file": str(base)}, "format": "qcow2"}, host="one"),)
    hosts.inputs |= {"image": "{base.reference}", "cloud_init": {"runcmd": ["true"]}}
    hosts.inputs["libvirt"] = {"type": "qemu", "move": way}
    assert hosts.apply(0).succeeded, hosts.failures()
    before = hosts.shown(0, "shop_db-0.qcow2")
    assert hosts.apply(1).succeeded, hosts.failures()
    assert hosts.changes(1) == []
    assert hosts.shown(1, "shop_db-0.qcow2") == before
    assert [name for name in hosts.files(1) if "seed" in name] == ["shop_db-seed.iso"]
    assert "backing file" not in hosts.labs[1].run("qemu-img", "info", "-U", hosts.place("shop_db-0.qcow2"))
    assert not [name for name in hosts.files(0) if name.startswith("shop_d")], "only the image is left"


def test_a_volume_goes_into_the_pool_that_the_stack_names_there(hosts: TwoHosts) -> None:
    """Its data goes along, so that none has to be given up."""
    hosts.inputs["power"] = "stopped"
    folder = "/run/fast"
    hosts.labs[1].run("mkdir", "-p", folder)
    pool = f"<pool type='dir'><name>fast</name><target><path>{folder}</path></target></pool>"
    hosts.labs[1].api.storagePoolDefineXML(pool).create()
    hosts.moved(0)
    hosts.write(0)
    before, data = hosts.content(0), hosts.path(0, "shop_data.raw").read_bytes()
    hosts.pools = (None, "fast")
    step = next(step for step in hosts.plan(1).steps if step.urn.name == "data")
    assert (step.op, step.impact) == (Op.MOVE, Impact.NONE)
    assert [change.field for change in step.changes] == ["host", "pool"]
    assert hosts.apply(1).succeeded, hosts.failures()
    assert hosts.changes(1) == []
    there = hosts.labs[1].root / "run/fast/shop_data.raw"
    assert there.read_bytes() == data
    assert f"{folder}/shop_data.raw" in hosts.domain(1).XMLDesc(0)
    assert hosts.files(0) == []
    hosts.moved(0)
    assert hosts.content(0) == before
