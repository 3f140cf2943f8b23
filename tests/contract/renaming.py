"""How somebody else gives objects of a stack another name, where their host can."""

from collections.abc import Callable, Mapping
from dataclasses import replace
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


def _fake_namesake(subject: Any, record: ResourceRecord) -> Callable[[], None]:
    made = replace(subject.world.find(record.urn.name), id="theirs", name=record.outputs["name"], marked="", stamped="")
    subject.world.put(subject.uri, made)
    return lambda: subject.world.drop(subject.uri, made.id)


def _namesake_container(subject: Any, record: ResourceRecord) -> Callable[[], None]:
    image = subject.lab.api.inspect_container(record.id)["Image"]
    made = subject.lab.api.create_container(image, "theirs", name=record.outputs["name"])
    return lambda: subject.lab.api.remove_container(made["Id"])


def _namesake_machine(subject: Any, record: ResourceRecord) -> Callable[[], None]:
    kind, name = subject.api.lookupByUUIDString(record.id).XMLDesc().split("'")[1], record.outputs["name"]
    os = subject.api.lookupByUUIDString(record.id).XMLDesc().partition("<os>")[2].partition("</os>")[0]
    made = subject.api.defineXML(
        f"<domain type='{kind}'><name>{name}</name><memory>65536</memory><os>{os}</os></domain>"
    )
    return lambda: made.undefine()


def _namesake_network(subject: Any, record: ResourceRecord) -> Callable[[], None]:
    made = subject.api.networkDefineXML(f"<network><name>{record.outputs['name']}</name></network>")
    return lambda: made.undefine()


Namesake = Callable[[Any, ResourceRecord], Callable[[], None]]
NAMESAKES: Final[Mapping[str, Mapping[str, Namesake]]] = {
    "fake": {"Container": _fake_namesake, "VirtualMachine": _fake_namesake},
    "docker": {"Container": _namesake_container},
    "libvirt-test": {"VirtualMachine": _namesake_machine, "Network": _namesake_network},
    "qemu": {"VirtualMachine": _namesake_machine, "Network": _namesake_network},
}
"""How somebody else makes an object of the name that a renamed one had; what is returned removes it."""
RENAMES: Final[Mapping[str, Mapping[str, Rename]]] = {
    "fake": {"Container": _fake, "VirtualMachine": _fake},
    "docker": {"Container": _container},
    "libvirt-test": {"VirtualMachine": _machine, "Network": _network},
    "qemu": {"VirtualMachine": _machine, "Network": _network},
}
"""By subject and kind. What is not here has no name that could be changed: its id is its name, or the host refuses."""
