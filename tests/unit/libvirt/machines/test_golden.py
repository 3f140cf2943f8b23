"""The domain XML of many machines: as it was agreed to, valid by libvirt's own schema, and really defined by libvirt.

``make golden`` writes the files anew (``tests/golden.py``).
"""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.golden import Cases
from tests.model_fields import unseen
from tests.unit.libvirt.machines import containers
from tests.unit.libvirt.machines.cases import FOREIGN, MACHINES, XEN, machine, place, xml_of
from tests.unit.libvirt.machines.containers import CONTAINERS

from virtwright.providers.libvirt.machines.building.domain import build_domain
from virtwright.providers.libvirt.machines.reading.settings import read_settings
from virtwright.providers.libvirt.xml import from_text, to_text
from virtwright.schemas.attachments import NetworkAttachment
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.machine_hosts import LibvirtMachine
from virtwright.schemas.storage import Disk

SCHEMA = Path("/usr/share/libvirt/schemas/domain.rng")
NEEDS_SCHEMA = pytest.mark.skipif(
    not (SCHEMA.exists() and shutil.which("xmllint")), reason="libvirt's schemas are not installed"
)
NOT_IN_A_DOMAIN = {
    "autostart", "power", "labels",  # told to libvirt by other calls, or in its metadata
    "shutdown_timeout", "switch_off", "libvirt.stop_signal", "libvirt.move",  # how an operation is done
    "networks.address", "networks.address6", "networks.aliases",  # entries of the networks
    "disks.volume", "disks.image", "disks.size", "disks.format",  # what is made of them comes with the place
    "libvirt.type",  # comes with the place
    "ports.port", "ports.host_port", "ports.host_address", "ports.protocol", "ports.mode", "resources.pids",  # refused
}  # fmt: skip
ELSEWHERE = ("cloud_init.", "wait_for.", "namespace.")
"""In the seed, in what is waited for, on other hosts."""


def text_of(name: str, domain_type: str = "kvm", cases: Cases = MACHINES) -> str:
    inputs = machine(name, cases)
    return xml_of(build_domain(inputs, place(inputs, domain_type)))


@pytest.mark.parametrize("name", MACHINES.names())
def test_the_xml_is_the_golden_one(name: str) -> None:
    MACHINES.check(name, text_of(name))


@pytest.mark.parametrize("name", XEN.names())
def test_the_xml_for_xen_is_the_golden_one(name: str) -> None:
    XEN.check(name, text_of(name, "xen", XEN))


def test_no_golden_file_is_left_over() -> None:
    assert (MACHINES.strays(), XEN.strays()) == ([], [])


def test_each_field_shows_in_a_domain() -> None:
    """A field of the vocabulary that no golden file shows may be forgotten by the builder."""
    hidden = [
        unseen(VirtualMachine, [machine(name, cases) for name in cases.names()], make)
        for cases, make in ((MACHINES, _domain), (XEN, _domain_of_xen), (CONTAINERS, _container))
    ]
    assert {each for each in set.intersection(*hidden) if not each.startswith(ELSEWHERE)} == NOT_IN_A_DOMAIN


def _domain(inputs: VirtualMachine) -> str:
    return to_text(build_domain(inputs, place(inputs)))


def _domain_of_xen(inputs: VirtualMachine) -> str:
    return to_text(build_domain(inputs, place(inputs, "xen")))


def _container(inputs: VirtualMachine) -> str:
    return to_text(build_domain(inputs, containers.place(inputs)))


@NEEDS_SCHEMA
def test_all_are_valid_by_libvirts_own_schema() -> None:
    _validate(sorted(MACHINES.folder.glob("*.xml")))


@NEEDS_SCHEMA
@pytest.mark.parametrize("name", [name for name in MACHINES.names() if name not in (*FOREIGN, "spice")])
def test_machines_of_xen_are_valid_too(name: str, tmp_path: Path) -> None:
    """Each with devices that only Xen's guests know, and with emulated ones. Those that ask for what Xen's driver lacks never
    get so far."""
    files = []
    for virtualization in ("paravirtual", "full"):
        update: dict[str, Any] = {"libvirt": LibvirtMachine(type="xen"), "virtualization": virtualization}
        if virtualization == "paravirtual":
            update |= {"machine_type": None, "firmware": None}
        inputs = machine(name).model_copy(update={**update, "guest_agent": False})
        files.append(tmp_path / f"{virtualization}.xml")
        files[-1].write_text(to_text(build_domain(inputs, place(inputs, "xen"))))
    _validate(files)


def test_paravirtual_machines_of_xen_have_its_own_devices() -> None:
    """Though nothing in the stack says that the host is one of Xen's."""
    inputs = machine("least").model_copy(
        update={"disks": [Disk(size=1024**2)], "networks": [NetworkAttachment(network="a")]}
    )
    told = read_settings(build_domain(inputs, place(inputs, "xen")))
    assert [each["bus"] for each in told["disks"]] == ["xen"]
    assert [each["model"] for each in told["networks"]] == ["netfront"]


def _validate(files: Sequence[Path]) -> None:
    done = subprocess.run(
        ["xmllint", "--noout", "--relaxng", str(SCHEMA), *map(str, files)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    """libvirt's test driver, inside this process."""
    libvirt = pytest.importorskip("libvirt")
    connect = libvirt.open("test:///default")
    yield connect
    connect.close()


@pytest.mark.parametrize("name", [name for name in MACHINES.names() if name not in FOREIGN])
def test_libvirt_takes_it_and_tells_the_same(name: str, driver: Any) -> None:
    xml = text_of(name, "test")
    domain = driver.defineXML(xml)
    try:
        told = read_settings(from_text(domain.XMLDesc()))
        said = read_settings(from_text(xml))
        assert _by_target(told.pop("disks")) == _by_target(said.pop("disks"))
        assert told == said
        domain.create()
        domain.destroy()
    finally:
        domain.undefine()


def _by_target(disks: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """libvirt has an order of its own."""
    return {disk["target"]: disk for disk in disks}
