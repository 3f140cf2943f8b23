"""Thousands of domains that others wrote are read without an exception, and nothing of them is lost in silence."""

import os
from itertools import islice
from xml.etree.ElementTree import Element

import pytest
from tests.foreign_domains import foreign_domains

from virtwright.providers.libvirt.machines.foreign.telling import tell
from virtwright.schemas.machine import KernelBoot, VirtualMachine

pytestmark = pytest.mark.slow
_EACH = 1 if int(os.environ.get("VIRTWRIGHT_SOAK", "1")) > 1 else 5
"""One of so many is read."""
_UNKNOWN = frozenset(
    {"hostdev", "filesystem", "sound", "redirdev", "smartcard", "shmem", "panic", "memory", "vsock", "parallel", "hub"}
)
"""Devices that the inputs have no word for."""


def test_machines_of_others_are_told() -> None:
    wrong: list[str] = []
    count = 0
    for place, domain in islice(foreign_domains(), 0, None, _EACH):
        count += 1
        try:
            inputs, unsaid = tell(domain, lambda path: path)
        except Exception as error:
            error.add_note(place)
            raise
        VirtualMachine.model_validate(inputs.model_dump(by_alias=True))
        wrong += [f"{place}: {each} is lost" for each in _lost(domain, inputs, "\n".join(unsaid))]
    assert not wrong, "\n".join(wrong[:40])
    assert count > 400


def _sources(device: Element) -> list[str]:
    """File systems of LXC that lie in volumes are told as disks."""
    return [each.get(name, "?") for each in device.iterfind("source") for name in ("file", "dev")]


def _lost(domain: Element, inputs: VirtualMachine, unsaid: str) -> list[str]:
    """What stands in the XML and neither in the inputs nor among what they can't say."""
    kernel = (domain.findtext("os/kernel") or "").strip()
    told = {kernel} if not kernel or (isinstance(inputs.boot, KernelBoot) and inputs.boot.kernel == kernel) else set()
    for disk in inputs.disks:
        told |= {disk.volume or "", disk.image or "", disk.serial or ""}
    for join in inputs.networks:
        told |= {join.mac or "", join.network}
    wanted = [kernel, *((each.text or "").strip() for each in domain.iterfind("devices/disk/serial"))]
    wanted += [each.get(name, "") for each in domain.iterfind("devices/disk/source") for name in ("file", "dev")]
    wanted += [each.get("address", "").lower() for each in domain.iterfind("devices/interface/mac")]
    wanted += [each.get("network", "") for each in domain.iterfind("devices/interface/source")]
    lost = [each for each in wanted if each and each not in told and each not in unsaid]
    lost += [
        f"a {each.tag}"
        for each in domain.iterfind("devices/*")
        if each.tag in _UNKNOWN and f"devices/{each.tag}" not in unsaid and not told & {*_sources(each)}
    ]
    disks = sum(1 for line in unsaid.split("\n") if line.startswith("disk ") and " of type " in line)
    refused = sum(1 for line in unsaid.split("\n") if line.startswith("disks[") and "]: " in line)
    if len(inputs.disks) + disks + refused < len(domain.findall("devices/disk")):
        lost.append("a disk")
    return lost
