"""Machines on QEMU without a guest in them: disks of their own, what fails, what may be switched off, and a daemon that is killed."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.integration.libvirt.handlers import Made
from tests.libvirt_lab import LibvirtLab

from virtwright.errors import HostError, UnsupportedError, WaitTimeoutError
from virtwright.providers.libvirt.connection.connection import LibvirtConnection
from virtwright.providers.libvirt.machines import capabilities
from virtwright.providers.libvirt.provider import LibvirtProvider
from virtwright.schemas.machine import VirtualMachine

pytestmark = [pytest.mark.root, pytest.mark.slow]
MACHINE: dict[str, Any] = {"memory": "64MiB", "libvirt": {"type": "qemu"}, "shutdown_timeout": 0, "console": True}
MIB = 1024**2
Work = Callable[[], Any]


def made(host: LibvirtProvider, **inputs: Any) -> Made:
    return Made(host, "VirtualMachine", "db", **{**MACHINE, **inputs})


def images(lab: LibvirtLab) -> list[str]:
    return sorted(path.name for path in (lab.folder / "lib/images").iterdir() if "~" not in path.name)


def test_a_raw_disk_of_its_own_is_a_copy_of_its_image(
    libvirt_lab: LibvirtLab, host: LibvirtProvider, tmp_path: Path
) -> None:
    source = tmp_path / "base.raw"
    source.write_bytes(b"content" + bytes(MIB - 7))
    base = Made(host, "Image", "base", source={"file": str(source)}, format="raw").outputs.reference
    machine = made(host, power="stopped", disks=[{"image": base, "format": "raw", "size": "2MiB"}])
    (copy,) = [libvirt_lab.lib / "images" / name for name in images(libvirt_lab) if name.startswith("shop_prod_db")]
    assert (copy.read_bytes()[:7], copy.stat().st_size) == (b"content", 2 * MIB)
    assert machine.drift() == []
    machine.delete()
    assert not copy.exists()


def test_a_root_disk_is_a_layer_over_its_image_and_goes_with_the_machine(
    libvirt_lab: LibvirtLab, host: LibvirtProvider
) -> None:
    base = Made(host, "Volume", "base", size="4MiB", format="qcow2")
    path = str(base.outputs.path)
    machine = made(host, image=path, disks=[{"size": "2MiB", "format": "raw"}], cloud_init={})
    assert images(libvirt_lab) == sorted(
        [path.rpartition("/")[2], "shop_prod_db-0.qcow2", "shop_prod_db-1.raw", "shop_prod_db-seed.iso"]
    )
    told = libvirt_lab.run("qemu-img", "info", "-U", "/var/lib/libvirt/images/shop_prod_db-0.qcow2")
    assert f"backing file: {path}" in told
    assert "backing file format: qcow2" in told
    assert machine.drift() == []
    with pytest.raises(HostError, match="in use"):
        base.delete()
    machine.delete()
    assert images(libvirt_lab) == [path.rpartition("/")[2]]
    assert not (libvirt_lab.folder / "log/qemu/shop_prod_db.console.log").exists()
    assert [each.name() for each in libvirt_lab.api.listAllStoragePools()] == ["default"]


def test_what_can_not_start_leaves_nothing(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> None:
    with pytest.raises(HostError, match="/nowhere"):
        made(host, boot={"kernel": "/nowhere"}, disks=[{"size": "1MiB"}], cloud_init={})
    with pytest.raises(HostError, match="guest memory") as caught:
        made(host, memory="200TiB")
    assert "virsh nodememstats" in str(caught.value.hint)
    assert libvirt_lab.api.listAllDomains() == []
    assert images(libvirt_lab) == []


def test_a_machine_is_not_switched_off_where_that_is_not_allowed(
    libvirt_lab: LibvirtLab, host: LibvirtProvider
) -> None:
    """There is no guest that could shut down."""
    machine = made(host, shutdown_timeout=1, switch_off=False)
    with pytest.raises(WaitTimeoutError, match="did not shut down within 1s, and may not be switched off"):
        machine.change(**{**MACHINE, "power": "stopped", "shutdown_timeout": 1, "switch_off": False})
    with pytest.raises(WaitTimeoutError, match="may not be switched off"):
        machine.delete()
    assert libvirt_lab.api.lookupByName("shop_prod_db").isActive()
    machine.change(**{**MACHINE, "power": "stopped"})
    assert not libvirt_lab.api.lookupByName("shop_prod_db").isActive()


def test_a_daemon_that_was_killed_finds_its_machines_as_they_are(
    libvirt_lab: LibvirtLab, host: LibvirtProvider
) -> None:
    machine = made(host, cpus=1, description="lives")
    started = libvirt_lab.api.lookupByName("shop_prod_db").ID()
    libvirt_lab.restart()
    assert machine.drift() == []
    machine.change(**MACHINE, description="lives on")
    assert libvirt_lab.api.lookupByName("shop_prod_db").ID() == started
    assert machine.drift() == []


def test_what_others_do_to_what_runs_is_seen(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> None:
    machine = made(host, memory="96MiB", disks=[{"size": "1MiB"}], power="paused")
    domain = libvirt_lab.api.lookupByName("shop_prod_db")
    (libvirt_lab.folder / "lib/images/theirs").write_bytes(bytes(MIB))
    assert machine.drift() == []
    harms: list[tuple[Work, Work, list[str]]] = [
        (lambda: domain.resume(), lambda: domain.suspend(), ["power"]),
        (lambda: domain.setAutostart(1), lambda: domain.setAutostart(0), ["autostart"]),
        (lambda: domain.attachDeviceFlags(_disk("vdz"), 1), lambda: None, ["disks[1]"]),
    ]
    for work, undo, seen in harms:
        work()
        assert machine.drift() == seen
        undo()


def _disk(target: str) -> str:
    return f"<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/var/lib/libvirt/images/theirs'/><target dev='{target}' bus='virtio'/></disk>"


def test_what_the_hypervisor_can_not_do_live_waits_for_a_restart(
    libvirt_lab: LibvirtLab, host: LibvirtProvider
) -> None:
    """CPUs of a definition that others wrote can't be taken out while it runs."""
    inputs = {**MACHINE, "cpus": 2, "max_cpus": 2}
    machine = made(host, **inputs)
    domain = libvirt_lab.api.lookupByName("shop_prod_db")
    domain.destroy()
    libvirt_lab.api.defineXML(re.sub(r"(?s)<vcpus>.*</vcpus>", "", domain.XMLDesc(2)))
    domain.create()
    started = domain.ID()
    assert machine.drift() == []
    machine.change(**{**inputs, "cpus": 1})
    assert libvirt_lab.api.lookupByName("shop_prod_db").ID() == started
    assert "restart" in machine.drift()
    machine.change(**{**inputs, "cpus": 1})
    assert libvirt_lab.api.lookupByName("shop_prod_db").ID() != started
    assert machine.drift() == []


@pytest.mark.parametrize(("groups", "half", "usual"), [("/", 50, 100), ("/nowhere", 512, 1024)], ids=["v2", "v1"])
def test_shares_are_told_in_the_host_s_numbers_and_lifted_while_it_runs(
    libvirt_lab: LibvirtLab, host: LibvirtProvider, monkeypatch: pytest.MonkeyPatch, groups: str, half: int, usual: int
) -> None:
    """Both versions of control groups take these numbers; which version it is, is only known by a file."""
    monkeypatch.setattr(capabilities, "_UNIFIED", groups)
    machine = made(host, power="paused", resources={"cpu_shares": 512})
    domain = libvirt_lab.api.lookupByName("shop_prod_db")

    def in_force() -> int:
        return int(domain.schedulerParametersFlags(1)["cpu_shares"])

    assert (in_force(), machine.drift()) == (half, [])
    handler: Any = machine.handler
    (found,) = handler.find([machine.id])
    assert found.inputs.resources.cpu_shares == 512
    machine.change(**MACHINE, power="paused")
    assert (in_force(), machine.drift()) == (usual, [])


def test_two_questions_tell_what_a_host_can_do(host: LibvirtProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many machines are planned."""
    asked: list[str] = []
    call = LibvirtConnection.call

    def counted(self: LibvirtConnection, what: str, *arguments: Any, **options: Any) -> Any:
        asked.append(what)
        return call(self, what, *arguments, **options)

    monkeypatch.setattr(LibvirtConnection, "call", counted)
    handler: Any = host.handlers["VirtualMachine"]
    for number in range(1, 100):
        handler.check_host(VirtualMachine.model_validate({**MACHINE, "cpus": number}))
    assert asked == ["ask what the host can run", "ask what its hypervisor offers"]
    with pytest.raises(UnsupportedError, match="has at most 255"):
        handler.check_host(VirtualMachine.model_validate({**MACHINE, "cpus": 256, "machine_type": "pc"}))


def test_a_fragment_is_laid_over_the_definition_and_goes_with_its_entry(
    libvirt_lab: LibvirtLab, host: LibvirtProvider
) -> None:
    back = Made(host, "Network", "back", cidr="10.40.0.0/24")
    inputs: dict[str, Any] = {**MACHINE, "power": "paused", "networks": [{"network": back.outputs.name}]}

    def over(devices: str) -> dict[str, Any]:
        return {**MACHINE["libvirt"], "xml": f"<domain><devices>{devices}</devices></domain>"}

    def running() -> str:
        text: str = libvirt_lab.api.lookupByName("shop_prod_db").XMLDesc()
        return text

    machine = made(host, **{**inputs, "libvirt": over("<sound model='ich9'/>")})
    assert "<sound model='ich9'" in running() and machine.drift() == []
    machine.change("a1", **{**inputs, "libvirt": over("<interface type='network'><mtu size='1400'/></interface>")})
    assert "<sound" not in running() and machine.drift() == []
    (nic,) = re.findall(r"vnet\d+", running())
    assert "mtu 1400" in libvirt_lab.run("ip", "link", "show", nic)
    with pytest.raises(HostError, match=r"libvirt\.xml: libvirt's schema has no such thing"):
        machine.change("a2", **{**inputs, "libvirt": over("<sound model='flute'/>")})
    machine.change("a3", **inputs)
    (nic,) = re.findall(r"vnet\d+", running())
    assert "mtu 1500" in libvirt_lab.run("ip", "link", "show", nic)
    assert machine.drift() == []
