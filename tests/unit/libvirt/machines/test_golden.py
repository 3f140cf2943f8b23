"""The domain XML of many machines: as it was agreed to, valid by libvirt's own schema, and really defined by libvirt.

``VIRTWRIGHT_REGENERATE=1`` writes the files anew.
"""

import os
import shutil
import subprocess
import xml.etree.ElementTree as tree
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests import vocabulary
from tests.unit.libvirt.machines.cases import MACHINES, machine, place

from virtwright.providers.libvirt.machines.building.domain import build_domain
from virtwright.providers.libvirt.machines.reading.settings import read_settings
from virtwright.providers.libvirt.xml import from_text, to_text
from virtwright.schemas.attachments import NetworkAttachment
from virtwright.schemas.machine_hosts import LibvirtMachine
from virtwright.schemas.storage import Disk
from virtwright.schemas.values import Path as FieldPath

GOLDEN = Path(__file__).parent / "golden"
SCHEMA = Path("/usr/share/libvirt/schemas/domain.rng")
NEEDS_SCHEMA = pytest.mark.skipif(
    not (SCHEMA.exists() and shutil.which("xmllint")), reason="libvirt's schemas are not installed"
)
UNSAID: set[FieldPath] = {
    ("autostart",), ("power",), ("shutdown_timeout",), ("switch_off",), ("wait_for",), ("labels",), ("ports",), ("namespace",),
    ("cloud_init",), ("resources", "pids"), ("libvirt", "type"), ("libvirt", "move"), ("disks", "mount"), ("networks", "address"),
    ("networks", "address6"), ("networks", "aliases"), ("libvirt", "init"), ("libvirt", "stop_signal"),
}  # fmt: skip
"""Fields that are not in the XML of a domain of a hypervisor, or come with the place."""


def text_of(name: str, domain_type: str = "kvm") -> str:
    inputs = machine(name)
    domain = build_domain(inputs, place(inputs, domain_type))
    tree.indent(domain)
    return to_text(domain) + "\n"


@pytest.mark.parametrize("name", MACHINES)
def test_the_xml_is_the_golden_one(name: str) -> None:
    file = GOLDEN / f"{name}.xml"
    if os.environ.get("VIRTWRIGHT_REGENERATE"):
        file.write_text(text_of(name))
    assert text_of(name) == file.read_text()


def test_every_golden_file_has_its_machine() -> None:
    assert {file.stem for file in GOLDEN.glob("*.xml")} == set(MACHINES)


@NEEDS_SCHEMA
def test_all_are_valid_by_libvirts_own_schema() -> None:
    _validate(sorted(GOLDEN.glob("*.xml")))


@NEEDS_SCHEMA
@pytest.mark.parametrize("name", [name for name in MACHINES if name not in ("aarch64", "spice")])
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


@pytest.mark.parametrize("name", [name for name in MACHINES if name != "aarch64"])
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


def test_every_field_is_in_some_machine() -> None:
    """A field of the vocabulary that no golden file exercises may be forgotten by the builder."""
    used = {field for inputs in MACHINES.values() for field in _fields(inputs)}
    known = {field for example in vocabulary.EXAMPLES["VirtualMachine"] for field in _fields(example)}
    missing = {field for field in known - used if not any(field[: len(each)] == each for each in UNSAID)}
    assert not missing


def _fields(inputs: dict[str, Any]) -> set[FieldPath]:
    """Paths of two parts at most, without indices."""
    found: set[FieldPath] = set()
    for path in vocabulary.places(inputs):
        names = tuple(part for part in path if isinstance(part, str))
        if names:
            found.add(names[:2])
    return found
