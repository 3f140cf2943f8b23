"""What is on a libvirt host, asked of the daemon, the kernel and the file system, not of virtwright."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from tests.contract.libvirt import asking
from tests.libvirt_lab import LibvirtLab
from tests.programs import Item

OWN = ("default", "test")
"""Of the test driver."""


def census(lab: LibvirtLab) -> Counter[str]:
    """Of QEMU's host."""
    found = _objects(lab.api)
    found += _files(each.name for each in asking.files(lab))
    found["device bridge"] += len(lab.run("ip", "-br", "link", "show", "type", "bridge").splitlines())
    found["dnsmasq"] += _servers(lab, found["network running"])
    return +found


def _servers(lab: LibvirtLab, wanted: int) -> int:
    """How many DHCP servers run. One that was told to end needs a moment."""
    end = time.monotonic() + 5
    while (count := len(_configurations(lab))) > wanted and time.monotonic() < end:
        time.sleep(0.05)
    return count


def _configurations(lab: LibvirtLab) -> set[str]:
    words = lab.run("pgrep", "-af", "dnsmasq", check=False).split()
    return {word for word in words if word.startswith("--conf-file=")}


def test_census(api: Any) -> Counter[str]:
    """Of the test driver, which has no devices and no files."""
    names = (each.name() for pool in api.listAllStoragePools() for each in pool.listAllVolumes())
    return +(_objects(api) + _files(names))


def _objects(api: Any) -> Counter[str]:
    found = Counter({"network": 0})
    for each in api.listAllNetworks():
        if each.name() not in OWN:
            found["network running" if each.isActive() else "network stopped"] += 1
    for each in api.listAllDomains():
        if each.name() not in OWN:
            found["machine running" if each.isActive() else "machine stopped"] += 1
    return found


def _files(names: Iterable[str]) -> Counter[str]:
    return Counter("mark" if name.endswith((".stamp", ".done")) else "volume" for name in names)


def expected(items: Sequence[Item], *, real: bool) -> Counter[str]:
    found: Counter[str] = Counter()
    for item in items:
        if item.kind == "Network":
            found += Counter({"network running": 1})
            found += Counter({"device bridge": 1, "dnsmasq": 1}) if real else Counter()
        elif item.kind == "VirtualMachine":
            found += Counter({"machine stopped" if item.inputs.get("power") == "stopped" else "machine running": 1})
            own = [disk for disk in item.inputs.get("disks", ()) if "size" in disk]
            found += Counter({"volume": len(own) + ("cloud_init" in item.inputs)})
        elif item.kind in ("Volume", "Image"):
            found += Counter({"volume": 1, "mark": 2})
    return +found
