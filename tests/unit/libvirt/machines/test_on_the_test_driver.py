"""The handler against libvirt's test driver: what is applied is what is seen, and nothing that libvirt fills in is drift."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.libvirt.machines.driver import STACK, URN, Driver, driver

from virtwright.errors import HostError, UnsupportedError
from virtwright.providers.base import Stamp
from virtwright.providers.diff import Impact

__all__ = ["driver"]
LIVE, REBOOT = Impact.LIVE, Impact.REBOOT
NIC = {"network": "default", "address": "192.168.122.77"}
COPY = "00000000-1111-2222-3333-444444444444"
MACHINE: dict[str, Any] = {
    "cpus": 2,
    "max_cpus": 4,
    "memory": "256MiB",
    "max_memory": "512MiB",
    "networks": [NIC],
    "disks": [{"size": "1MiB"}],
    "description": "a <b>",
    "labels": {"a": "b"},
}
CHANGES: list[tuple[dict[str, Any], dict[str, Impact]]] = [
    ({"cpus": 3}, {"cpus": LIVE}),
    ({"cpus": 1}, {"cpus": LIVE}),
    ({"memory": "300MiB"}, {"memory": LIVE}),
    ({"max_cpus": 8}, {"max_cpus": REBOOT}),
    ({"max_memory": "1GiB"}, {"max_memory": REBOOT}),
    ({"machine_type": "q35"}, {"machine_type": REBOOT}),
    ({"firmware": "uefi"}, {"firmware": REBOOT}),
    ({"virtualization": "full", "max_memory": None}, {"virtualization": REBOOT, "max_memory": REBOOT}),
    ({"cpu": {"model": "Nehalem"}}, {"cpu.model": REBOOT}),
    ({"cpu": {"topology": {"cores": 4}}}, {"cpu.topology": REBOOT}),
    ({"boot": {"kernel": "/k", "cmdline": "a=<&"}}, {"boot": REBOOT}),
    ({"cloud_init": {"runcmd": ["true"]}}, {"cloud_init": REBOOT}),
    ({"disks": [{"size": "1MiB"}, {"size": "2MiB"}]}, {"disks[1]": REBOOT}),
    ({"disks": []}, {"disks[0]": REBOOT}),
    ({"disks": [{"size": "1MiB", "cache": "none"}]}, {"disks[0].cache": REBOOT}),
    ({"disks": [{"size": "1MiB", "serial": "X1"}]}, {"disks[0].serial": REBOOT}),
    ({"disks": [{"size": "1MiB", "bus": "sata"}]}, {"disks[0].bus": REBOOT}),
    ({"disks": [{"size": "1MiB", "read_only": True}]}, {"disks[0].read_only": REBOOT}),
    ({"disks": [{"size": "1MiB", "discard": True}]}, {"disks[0].discard": REBOOT}),
    ({"disks": [{"size": "1MiB", "boot_order": 3}]}, {"disks[0].boot_order": REBOOT}),
    ({"networks": []}, {"networks[0]": REBOOT}),
    ({"networks": [NIC, "default"]}, {"networks[1]": REBOOT}),
    ({"networks": [{**NIC, "model": "e1000"}]}, {"networks[0].model": REBOOT}),
    ({"networks": [{**NIC, "mac": "52:54:00:00:00:77"}]}, {"networks[0].mac": REBOOT}),
    ({"networks": [{**NIC, "boot_order": 1}]}, {"networks[0].boot_order": REBOOT}),
    ({"networks": [{**NIC, "address": "192.168.122.78"}]}, {"networks[0].address": LIVE}),
    ({"networks": ["default"]}, {"networks[0].address": LIVE}),
    ({"graphics": "vnc"}, {"graphics.type": REBOOT}),
    ({"graphics": {"type": "spice", "listen": "0.0.0.0", "port": 5911, "password": "long enough"}},
     {"graphics.type": REBOOT, "graphics.listen": REBOOT, "graphics.port": REBOOT, "graphics.password": REBOOT}),
    ({"console": False}, {"console": REBOOT}),
    ({"guest_agent": True}, {"guest_agent": REBOOT}),
    ({"autostart": True}, {"autostart": LIVE}),
    ({"power": "paused"}, {"power": LIVE}),
    ({"power": "stopped"}, {"power": LIVE}),
    ({"resources": {"cpu_shares": 500}}, {"resources.cpu_shares": REBOOT}),
    ({"resources": {"cpu_limit": 0.5}}, {"resources.cpu_limit": REBOOT}),
    ({"resources": {"memory_limit": "1GiB"}}, {"resources.memory_limit": REBOOT}),
    ({"resources": {"io_weight": 300}}, {"resources.io_weight": REBOOT}),
    ({"shutdown_timeout": 2}, {"shutdown_timeout": LIVE}),
    ({"switch_off": False}, {"switch_off": LIVE}),
    ({"wait_for": {"timeout": 3}}, {"wait_for": LIVE}),
    ({"description": ""}, {"description": LIVE}),
    ({"labels": {"a": "c"}}, {"labels.a": LIVE}),
    ({"libvirt": {"watchdog": "reset"}}, {"libvirt.watchdog": REBOOT}),
    ({"libvirt": {"tpm": True}}, {"libvirt.tpm": REBOOT}),
    ({"libvirt": {"clock": "localtime"}}, {"libvirt.clock": REBOOT}),
    ({"libvirt": {"video": "vga"}}, {"libvirt.video": REBOOT}),
    ({"libvirt": {"on_crash": "restart"}}, {"libvirt.on_crash": REBOOT}),
    ({"libvirt": {"xml": "<domain><title>mine</title></domain>"}}, {"libvirt.xml": REBOOT}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "impacts"), CHANGES, ids=lambda value: "-".join(value)[:40])
def test_a_change_is_as_promised_and_seen(change: dict[str, Any], impacts: dict[str, Impact], driver: Driver) -> None:
    driver.create(MACHINE)
    assert driver.drift() == {}
    driver.said.clear()
    prior, started = driver.inputs, driver.domain(lambda domain: domain.ID())
    driver.update({**MACHINE, **change})
    assert {each.field: each.impact for each in driver.handler.diff(prior, driver.inputs).changes} == impacts
    assert driver.drift() == {}
    rebooted = driver.domain(lambda domain: domain.ID()) != started
    assert rebooted == (max(impacts.values()) is REBOOT or change.get("power") == "stopped"), driver.said
    driver.update(MACHINE)
    assert driver.drift() == {}


HARMS: list[tuple[str, Callable[[Any], object], dict[str, Impact]]] = [
    ("switched off", lambda domain: domain.destroy(), {"power": LIVE}),
    ("paused", lambda domain: domain.suspend(), {"power": LIVE}),
    ("autostart", lambda domain: domain.setAutostart(1), {"autostart": LIVE}),
    ("fewer CPUs", lambda domain: domain.setVcpusFlags(1, 1), {"cpus": LIVE}),
    ("fewer CPUs defined", lambda domain: domain.setVcpusFlags(1, 2), {"cpus": LIVE}),
    ("less memory", lambda domain: domain.setMemoryFlags(100 * 1024, 1), {"memory": LIVE}),
    ("edited", lambda domain: _edit(domain, "<clock offset='utc'", "<clock offset='localtime'"), {"libvirt.clock": REBOOT}),
    ("CPU edited", lambda domain: _edit(domain, "<clock", "<cpu mode='host-passthrough'/><clock"), {"cpu.mode": REBOOT}),
    ("described", lambda domain: domain.setMetadata(0, "theirs", None, None, 2), {"description": LIVE}),
    ("disk removed", lambda domain: _edit(domain, _disk(domain), ""), {"disks[0]": REBOOT}),
    ("disk added", lambda domain: _edit(domain, "<devices>", "<devices><disk type='file' device='disk'><source file='/x'/>"
     "<target dev='vdz' bus='virtio'/></disk>"), {"disks[1]": REBOOT}),
]  # fmt: skip


@pytest.mark.parametrize(("harm", "seen"), [each[1:] for each in HARMS], ids=[each[0] for each in HARMS])
def test_what_others_do_is_seen_and_healed(
    harm: Callable[[Any], object], seen: dict[str, Impact], driver: Driver
) -> None:
    driver.create(MACHINE)
    driver.domain(harm)
    assert driver.drift() == seen
    driver.update(MACHINE)
    assert driver.drift() == {}


def _edit(domain: Any, old: str, new: str) -> None:
    xml = domain.XMLDesc(3)
    assert old in xml
    domain.connect().defineXML(xml.replace(old, new, 1))


def _disk(domain: Any) -> str:
    xml: str = domain.XMLDesc(2)
    return xml[xml.index("<disk") : xml.index("</disk>") + len("</disk>")]


def test_a_machine_goes_with_its_own_disks_and_nothing_else(driver: Driver) -> None:
    others = driver.volumes()
    driver.create({**MACHINE, "disks": [{"size": "1MiB"}, {"size": "2MiB"}], "cloud_init": {}})
    assert len(driver.volumes()) == len(others) + 3
    driver.update({**MACHINE, "disks": [{"size": "2MiB"}]})
    assert len(driver.volumes()) == len(others) + 2, "a disk that is taken out stays for as long as the machine does"
    driver.handler.delete(driver.id, driver.context)
    driver.handler.delete(driver.id, driver.context)
    assert driver.volumes() == others
    assert list(driver.handler.observe(STACK)) == []
    xml = driver.connection.call("ask", lambda libvirt: libvirt.networkLookupByName("default").XMLDesc())
    assert "192.168.122.77" not in xml


def test_a_create_that_fails_leaves_nothing(driver: Driver) -> None:
    before = driver.volumes()
    for inputs in ({"disks": [{"volume": "nowhere"}]}, {"image": "/nowhere.qcow2"}):
        with pytest.raises(HostError):
            driver.create({**MACHINE, **inputs})
    with pytest.raises(UnsupportedError, match="architecture"):
        driver.create({**MACHINE, "architecture": "s390x"})
    assert list(driver.handler.observe(STACK)) == []
    assert driver.volumes() == before


def test_a_name_that_is_taken_gets_a_mark(driver: Driver) -> None:
    xml = "<domain type='test'><name>shop_db</name><memory>1024</memory><os><type>hvm</type></os></domain>"
    driver.connection.call("define", lambda libvirt: libvirt.defineXML(xml))
    driver.create(MACHINE)
    assert driver.seen().outputs.name.startswith("shop_db-")
    assert driver.drift() == {}


def test_a_copy_is_a_stranger(driver: Driver) -> None:
    driver.create(MACHINE)
    copy = driver.domain(lambda domain: domain.XMLDesc(3)).replace(f"<uuid>{driver.id}", f"<uuid>{COPY}")
    driver.connection.call("define", lambda libvirt: libvirt.defineXML(copy.replace(">shop_db<", ">copy<")))
    assert driver.seen().id == driver.id
    driver.handler.delete(COPY, driver.context)
    assert driver.connection.call("ask", lambda libvirt: libvirt.lookupByName("copy")) is not None


def test_no_secret_is_noted(driver: Driver) -> None:
    driver.create(
        {**MACHINE, "graphics": {"type": "vnc", "password": "geheim"}, "cloud_init": {"runcmd": ["verborgen"]}}
    )
    xml = driver.domain(lambda domain: domain.XMLDesc(0))
    assert "geheim" not in xml
    assert "verborgen" not in xml
    driver.domain(lambda domain: _edit(domain, "passwd='geheim'", "passwd='anders'"))
    assert driver.drift() == {"graphics.password": REBOOT}


def test_a_create_that_was_killed_is_not_complete(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "virtwright.providers.libvirt.machines.lifecycle.Lifecycle._note", lambda *_: (_ for _ in ()).throw(KeyError)
    )
    with pytest.raises(KeyError):
        driver.create(MACHINE)
    (found,) = driver.handler.observe(STACK)
    assert not found.complete
    driver.handler.delete(found.id, driver.context)
    assert list(driver.handler.observe(STACK)) == []


def test_an_update_that_was_killed_is_finished_by_the_next(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    driver.create(MACHINE)
    goal = {**MACHINE, "machine_type": "q35", "disks": [{"size": "1MiB"}, {"size": "2MiB"}]}
    with monkeypatch.context() as patch, pytest.raises(KeyError):
        target = "virtwright.providers.libvirt.machines.lifecycle.Lifecycle._make_files"
        patch.setattr(target, lambda *_: (_ for _ in ()).throw(KeyError))
        driver.update(goal)
    driver.inputs = driver.handler.check(driver.inputs.model_validate({"shutdown_timeout": 1, **goal}))
    assert driver.drift() == {"definition": REBOOT}
    driver.update(goal)
    assert driver.drift() == {}
    assert len([name for name in driver.volumes() if name.startswith("shop_db-")]) == 2


def test_another_operation_finds_its_stamp(driver: Driver) -> None:
    driver.create(MACHINE)
    driver.update({**MACHINE, "cpus": 3})
    assert driver.seen().stamp == Stamp(STACK, URN, "two", "hash")


def put_there(driver: Driver, name: str) -> None:
    """A file of somebody else's in the default pool."""

    def put(libvirt: Any) -> None:
        pool = libvirt.storagePoolLookupByName("default-pool")
        pool.createXML(f"<volume><name>{name}</name><capacity>777</capacity></volume>", 0)

    driver.connection.call("put it there", put)


def test_a_file_of_somebody_else_s_that_bears_a_disk_s_name_stays(driver: Driver) -> None:
    put_there(driver, "shop_db-0.qcow2")
    driver.create({"disks": [{"size": "1MiB"}]})
    assert driver.volumes() == ["shop_db-0.qcow2", "shop_db-1.qcow2"]
    driver.handler.delete(driver.id, driver.context)
    assert driver.volumes() == ["shop_db-0.qcow2"]


def test_a_file_of_somebody_else_s_that_bears_a_seed_s_name_is_not_written_over(driver: Driver) -> None:
    theirs, ours = "shop_db-seed.iso", "shop_db-seed-1.iso"

    def size(libvirt: Any) -> int:
        return int(libvirt.storagePoolLookupByName("default-pool").storageVolLookupByName(theirs).info()[1])

    def sees() -> list[str]:
        """The names that its definition has."""
        xml = driver.domain(lambda domain: domain.XMLDesc(2))
        return [name for name in (theirs, ours) if f"/{name}'" in xml]

    put_there(driver, theirs)
    driver.create({"cloud_init": {"runcmd": ["true"]}})
    assert (driver.volumes(), sees()) == ([ours, theirs], [ours])
    driver.update({"cloud_init": {"runcmd": ["false"] * 9}})
    assert (driver.volumes(), sees()) == ([ours, theirs], [ours]), "its own is written over"
    assert driver.drift() == {}
    driver.update({})
    assert (driver.volumes(), sees()) == ([theirs], [])
    driver.update({"cloud_init": {}})
    assert (driver.volumes(), sees()) == ([ours, theirs], [ours])
    driver.handler.delete(driver.id, driver.context)
    assert driver.volumes() == [theirs] and driver.connection.call("look", size) == 777


def test_a_volume_in_shared_memory_is_a_file(driver: Driver) -> None:
    xml = "<pool type='dir'><name>fast</name><target><path>/dev/shm/fast</path></target></pool>"

    def make(libvirt: Any) -> None:
        pool = libvirt.storagePoolCreateXML(xml)
        pool.createXML("<volume><name>data.raw</name><capacity>1048576</capacity></volume>", 0)

    driver.connection.call("make a pool", make)
    try:
        driver.create({"disks": [{"volume": "fast/data.raw"}]})
        told = driver.domain(_disk)
        assert "type='file'" in told and "file='/dev/shm/fast/data.raw'" in told
        assert driver.drift() == {}
    finally:
        driver.connection.call("end it", lambda libvirt: libvirt.storagePoolLookupByName("fast").destroy())


@pytest.mark.parametrize("end", ["finished", "removed"])
def test_a_create_that_was_killed_after_the_seed_leaves_none_behind(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    put_there(driver, "shop_db-seed.iso")
    with monkeypatch.context() as patch, pytest.raises(KeyError):
        target = "virtwright.providers.libvirt.machines.lifecycle.Lifecycle._reserve"
        patch.setattr(target, lambda *_: (_ for _ in ()).throw(KeyError))
        driver.create({"cloud_init": {}})
    driver.id = driver.seen().id
    if end == "finished":
        driver.update({"cloud_init": {}})
        assert driver.volumes() == ["shop_db-seed-1.iso", "shop_db-seed.iso"]
        assert driver.drift() == {}
    driver.handler.delete(driver.id, driver.context)
    assert driver.volumes() == ["shop_db-seed.iso"]


def test_a_start_before_the_cpuset_of_all_machines_has_processors(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    lib = pytest.importorskip("libvirt")
    start, tried = lib.virDomain.createWithFlags, []

    def fake_start(domain: Any, flags: int) -> None:
        tried.append(flags)
        if len(tried) == 1:
            lib.virResetLastError()  # else the error would take its text from it
            raise lib.libvirtError(
                "Unable to write to '/sys/fs/cgroup/cpuset/machine/q/emulator/tasks': No space left on device"
            )
        start(domain, flags)

    monkeypatch.setattr(lib.virDomain, "createWithFlags", fake_start)
    driver.create({"memory": "64MiB"})
    assert len(tried) == 2
    assert driver.seen().outputs.state == "running"
