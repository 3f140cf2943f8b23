"""What a host lacks, held against what real hosts said of themselves (``told/``, shortened)."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from virtwright.errors import UnsupportedError
from virtwright.providers.libvirt.machines.host_check import is_settled, lacks
from virtwright.providers.libvirt.machines.hosting import Hosting, read_hosting
from virtwright.providers.libvirt.machines.offers import Offer
from virtwright.providers.libvirt.xml import from_text
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.values import UNKNOWN


def _told(name: str) -> Any:
    return from_text((Path(__file__).parent / "told" / f"{name}.xml").read_text())


HOSTING = read_hosting("qemu", _told("capabilities"))
Q35 = Offer.of(_told("q35_qemu"))
KVM = Offer.of(_told("pc_kvm"))
POOR = dataclasses.replace(
    Q35, firmware=frozenset(), graphics=frozenset({"vnc"}), tpm=frozenset(), secure_boot=False, video=frozenset({"vga"})
)
"""Without OVMF, swtpm and the modules for SPICE."""


def machine(**inputs: Any) -> VirtualMachine:
    return VirtualMachine.model_validate(inputs)


def test_a_host_is_read() -> None:
    assert HOSTING.types == {each: frozenset({"kvm", "qemu"}) for each in ("i686", "x86_64")}
    assert {"q35", "pc", "pc-q35-9.2"} <= HOSTING.machines["x86_64"]
    assert (Q35.machine, Q35.most_cpus, Q35.secure_boot) == ("pc-q35-10.0", 4096, True)
    assert Q35.firmware == frozenset({"efi"})
    assert (KVM.machine, KVM.most_cpus, KVM.secure_boot) == ("pc-i440fx-10.0", 255, False)
    assert {"spice", "vnc"} <= (Q35.graphics or set()) and "emulator" in (Q35.tpm or ())


def test_a_driver_that_tells_nothing_lacks_nothing() -> None:
    silent = Offer.of(from_text("<domainCapabilities><machine>any</machine></domainCapabilities>"))
    wish = machine(firmware="uefi", graphics="spice", cpu={"model": "x"}, libvirt={"tpm": True, "secure_boot": True})
    assert lacks(wish, "xen", silent) == []
    assert Hosting("test", "x86_64", HOSTING.types).lacks(machine(machine_type="any")) == []


@pytest.mark.parametrize(
    ("inputs", "path", "hint"),
    [
        ({"architecture": "aarch64", "machine_type": "virt"}, "architecture", "it runs: i686, x86_64"),
        ({"libvirt": {"type": "xen"}}, "libvirt.type", "it offers kvm and qemu"),
        ({"machine_type": "q36"}, "machine_type", "did you mean q35?"),
        ({"machine_type": "virt-9"}, "machine_type", "it has isapc, microvm, pc, q35"),
    ],
)
def test_what_a_host_does_not_run(inputs: dict[str, Any], path: str, hint: str) -> None:
    (problem,) = HOSTING.lacks(machine(**inputs))
    assert (problem.where.path, problem.hint) == (path, hint)
    assert problem.message.startswith(f"{path}: this host ")


def test_xen_says_how_it_runs_guests() -> None:
    """As Xen 4.20 told it on a processor without extensions for virtual machines."""
    host = read_hosting("xen", _told("capabilities_xen"))
    assert host.lacks(machine()) == []
    assert host.settle(machine()) == ("x86_64", "xen")
    (problem,) = host.lacks(machine(virtualization="full"))
    assert (problem.where.path, problem.message) == (
        "virtualization",
        "virtualization: this host runs no machines that are full",
    )
    assert "it runs those that are paravirtual" in (problem.hint or "")
    assert host.lacks(machine().model_copy(update={"virtualization": UNKNOWN})) == []


def test_where_nothing_is_lacking_the_best_type_is_taken() -> None:
    assert HOSTING.lacks(machine(machine_type="q35", architecture="x86_64")) == []
    assert HOSTING.settle(machine()) == ("x86_64", "kvm")
    assert HOSTING.settle(machine(libvirt={"type": "qemu"})) == ("x86_64", "qemu")
    with pytest.raises(UnsupportedError, match="no s390x machines"):
        HOSTING.settle(machine(architecture="s390x"))


@pytest.mark.parametrize(
    ("offer", "inputs", "path", "hint"),
    [
        (POOR, {"firmware": "uefi"}, "firmware", "Debian: ovmf"),
        (KVM, {"firmware": "uefi", "libvirt": {"secure_boot": True}}, "libvirt.secure_boot", "machine_type: q35"),
        (POOR, {"libvirt": {"tpm": True}}, "libvirt.tpm", "install swtpm"),
        (POOR, {"graphics": "spice"}, "graphics.type", "it offers vnc; SPICE may be a package"),
        (POOR, {"graphics": "vnc", "libvirt": {"video": "qxl"}}, "libvirt.video", "it offers vga"),
        (Q35, {"disks": [{"size": "1GiB"}, {"size": "1GiB", "bus": "ide"}]}, "disks[1].bus", "it offers sata, scsi, usb, virtio"),
        (KVM, {"cpus": 1, "max_cpus": 300}, "max_cpus", "take fewer"),
        (KVM, {"cpus": 256}, "cpus", "take fewer"),
        (Q35, {"cpu": {"mode": "host-passthrough"}}, "cpu.mode", "host-passthrough needs kvm"),
        (Q35, {"cpu": {"model": "Nehelem"}}, "cpu.model", "did you mean Nehalem?"),
        (Q35, {"cpu": {"model": "z13"}}, "cpu.model", "it offers EPYC, Nehalem"),
    ],
)  # fmt: skip
def test_what_its_hypervisor_does_not_offer(offer: Offer, inputs: dict[str, Any], path: str, hint: str) -> None:
    (problem,) = lacks(machine(**inputs), "qemu", offer)
    assert problem.where.path == path
    assert hint in (problem.hint or "")


def test_all_that_is_lacking_is_told_at_once() -> None:
    wish = machine(firmware="uefi", graphics="spice", libvirt={"tpm": True})
    assert [each.where.path for each in lacks(wish, "qemu", POOR)] == ["firmware", "graphics.type", "libvirt.tpm"]
    assert lacks(wish, "qemu", Q35) == []


def test_a_processor_may_be_taken_without_what_the_host_lacks() -> None:
    offer = dataclasses.replace(KVM, cpu_models={"Skylake-Server": frozenset({"hle", "rtm"})})
    (problem,) = lacks(machine(cpu={"model": "Skylake-Server", "features": {"hle": "disable"}}), "kvm", offer)
    assert problem.message.endswith("lack what a Skylake-Server has: rtm")
    without = {"model": "Skylake-Server", "features": {"hle": "disable", "rtm": "disable"}}
    assert lacks(machine(cpu=without), "kvm", offer) == []
    assert lacks(machine(cpu={"model": "Skylake-Server"}), "qemu", offer) == []


@pytest.mark.parametrize("field", ["machine_type", "architecture", "libvirt", "disks", "graphics", "cpu", "max_cpus"])
def test_what_is_not_known_yet_is_passed_over(field: str) -> None:
    inputs = machine(disks=[{"size": "1GiB"}]).model_copy(update={field: UNKNOWN})
    assert HOSTING.lacks(inputs) == []
    if field in ("machine_type", "architecture", "libvirt"):
        assert not is_settled(inputs)
    else:
        assert lacks(inputs, "kvm", Q35) == []
