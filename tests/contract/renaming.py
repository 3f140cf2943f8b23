"""How somebody else gives objects of a stack another name, where their host can."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.fake_provider import FakeWorld

from virtwright.engine.state.records import ResourceRecord

Rename = Callable[[Any, ResourceRecord], None]
OTHER: Final = "renamed"


def _fake(subject: Any, record: ResourceRecord) -> None:
    world: FakeWorld = subject.world
    item = world.find(record.urn.name)
    item.name, item.marked = OTHER, item.name
    world.put(subject.uri, item)


def _container(subject: Any, record: ResourceRecord) -> None:
    subject.lab.api.rename(record.id, OTHER)


def _machine(subject: Any, record: ResourceRecord) -> None:
    found = subject.api.lookupByUUIDString(record.id)
    runs = found.isActive()
    if runs:
        found.destroy()
    found.rename(OTHER)
    if runs:
        found.create()


def _network(subject: Any, record: ResourceRecord) -> None:
    """libvirt renames none: its definition is taken away, and comes back with another name."""
    found = subject.api.networkLookupByUUIDString(record.id)
    xml = found.XMLDesc()
    found.destroy()
    found.undefine()
    made = subject.api.networkDefineXML(xml.replace(f"<name>{record.outputs['name']}<", f"<name>{OTHER}<", 1))
    made.setAutostart(1)
    made.create()


RENAMES: Final[Mapping[str, Mapping[str, Rename]]] = {
    "fake": {"Container": _fake, "VirtualMachine": _fake},
    "docker": {"Container": _container},
    "libvirt-test": {"VirtualMachine": _machine, "Network": _network},
    "qemu": {"VirtualMachine": _machine, "Network": _network},
}
"""By subject and kind. What is not here has no name that could be changed: its id is its name, or the host refuses."""
