"""Copies of objects, stamps and all, as somebody else would make them."""

import re
import shutil
from collections.abc import Callable
from typing import Any

from virtwright.engine.state.records import ResourceRecord

_UUID = "00000000-1111-2222-3333-444444444444"


def copy_network(api: Any, record: ResourceRecord) -> Callable[[], bool]:
    """As ``virsh net-dumpxml`` and ``virsh net-define`` do."""
    xml = api.networkLookupByUUIDString(record.id).XMLDesc()
    bridge = record.outputs["bridge"]
    for old, new in ((f"<uuid>{record.id}</uuid>", f"<uuid>{_UUID}</uuid>"), (f"<name>{record.outputs['name']}<", "<name>copy<"),
                     (f"'{bridge}'", "'vw-copy'")):  # fmt: skip
        assert old in xml
        xml = xml.replace(old, new)
    made = api.networkDefineXML(xml)
    before = made.XMLDesc()

    def untouched() -> bool:
        found = api.networkLookupByUUIDString(_UUID)
        same = bool(found.XMLDesc() == before)
        found.undefine()
        return same

    return untouched


def copy_machine(api: Any, record: ResourceRecord) -> Callable[[], bool]:
    """As ``virsh dumpxml`` and ``virsh define`` do; without what would be used by both."""
    xml = re.sub(r"(?s)<(disk|interface|filesystem) .*?</\1>", "", api.lookupByUUIDString(record.id).XMLDesc(2))
    for old, new in (
        (f"<uuid>{record.id}</uuid>", f"<uuid>{_UUID}</uuid>"),
        (f"<name>{record.outputs['name']}<", "<name>copy<"),
    ):
        assert old in xml
        xml = xml.replace(old, new)
    before = api.defineXML(xml).XMLDesc()

    def untouched() -> bool:
        found = api.lookupByUUIDString(_UUID)
        same = bool(found.XMLDesc() == before)
        found.undefine()
        return same

    return untouched


def copy_pool(subject: Any) -> Callable[[], bool]:
    """The whole folder of the pool, as a restored backup, in another pool."""
    lib = subject.lab.lib
    shutil.copytree(lib / "images", lib / "copy")
    pool = subject.api.storagePoolCreateXML(_pool("/var/lib/libvirt/copy"))
    before = sorted((each.name, each.stat().st_size) for each in (lib / "copy").iterdir())

    def untouched() -> bool:
        same = sorted((each.name, each.stat().st_size) for each in (lib / "copy").iterdir()) == before
        pool.destroy()
        shutil.rmtree(lib / "copy")
        return same

    return untouched


def copy_test_pool(api: Any) -> Callable[[], bool]:
    """The same on the test driver."""
    pool = api.storagePoolCreateXML(_pool("/copy"))
    names = [each.name() for each in api.storagePoolLookupByName("default-pool").listAllVolumes()]
    for name in names:
        pool.createXML(f"<volume><name>{name}</name><capacity>4194304</capacity></volume>")

    def untouched() -> bool:
        same = sorted(each.name() for each in pool.listAllVolumes()) == sorted(names)
        pool.destroy()
        return same

    return untouched


def _pool(path: str) -> str:
    return f"<pool type='dir'><name>copy</name><target><path>{path}</path></target></pool>"
