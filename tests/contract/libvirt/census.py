"""What is on a libvirt host, asked of the daemon, the kernel and the file system, not of virtwright."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from tests.contract.libvirt import asking
from tests.programs import Item

OWN = ("default", "test")
"""Of the test driver."""


def census(lab: asking.Daemon, api: Any) -> Counter[str]:
    """Of the host of QEMU or LXC, whichever ``api`` is connected to."""
    found = _objects(api)
    found += _files(each.name for each in asking.files(lab))
    found["device bridge"] += len(lab.run("ip", "-br", "link", "show", "type", "bridge").splitlines())
    wanted = Counter({"dnsmasq": found["network running"], "emulator": found["machine running"]})
    return +(found + _processes(lab, wanted))


def _processes(lab: asking.Daemon, wanted: Counter[str]) -> Counter[str]:
    """The DHCP servers, and the processes that run machines. One that was told to end needs a moment."""
    end = time.monotonic() + 120
    while (count := _running(lab)) - wanted and time.monotonic() < end:
        time.sleep(0.05)
    return count


def _running(lab: asking.Daemon) -> Counter[str]:
    lines = lab.run("pgrep", "-af", "dnsmasq|qemu-system|libvirt_lxc", check=False).splitlines()
    servers = {word for line in lines for word in line.split() if word.startswith("--conf-file=")}
    emulators = [line for line in lines if " -name guest=" in line or "libvirt_lxc --name " in line]
    return Counter({"dnsmasq": len(servers), "emulator": len(emulators)})


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
            runs = item.inputs.get("power") != "stopped"
            found += Counter({"machine running" if runs else "machine stopped": 1})
            found += Counter({"emulator": 1}) if real and runs else Counter()
            own = [disk for disk in item.inputs.get("disks", ()) if "size" in disk]
            found += Counter({"volume": len(own) + ("cloud_init" in item.inputs) + ("image" in item.inputs)})
        elif item.kind in ("Volume", "Image"):
            found += Counter({"volume": 1, "mark": 2})
    return +found
