"""How often a host is asked. Over SSH each call is a round trip."""

from collections import Counter
from typing import Any

import pytest
from tests.integration.libvirt.counted_calls import CountedConnection
from tests.integration.libvirt.handlers import STACK, Made, provider
from tests.libvirt_lab import LibvirtLab

from virtwright.providers.libvirt.provider import LibvirtProvider
from virtwright.providers.libvirt.storage import glance

pytestmark = [pytest.mark.root, pytest.mark.slow]
MACHINE: dict[str, Any] = {"memory": "64MiB", "libvirt": {"type": "qemu"}, "power": "stopped", "shutdown_timeout": 0}
VOLUMES = 2


def test_a_look_at_a_whole_host_is_ten_calls_and_one_for_each_object(
    libvirt_lab: LibvirtLab, host: LibvirtProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glance, "_FRESH", 600.0)  # on a slow machine the kinds are asked for one after another
    network = Made(host, "Network", "back", cidr="10.77.0.0/24")
    volumes = [Made(host, "Volume", f"v{number}", size="1MiB") for number in range(VOLUMES)]
    joins = [{"network": network.outputs.name}]
    machines = [
        Made(host, "VirtualMachine", f"m{number}", **MACHINE, networks=joins, disks=[{"volume": volume.outputs.name}])
        for number, volume in enumerate(volumes)
    ]
    machines.append(Made(host, "VirtualMachine", "paused", **{**MACHINE, "power": "paused"}, networks=joins))
    fresh = provider(libvirt_lab)
    try:
        calls, found = counted(fresh)
    finally:
        fresh.close()
    assert sorted(found) == sorted(each.id for each in (network, *volumes, *machines))
    assert sum(calls.values()) <= 10 + len(found), calls
    assert calls["XMLDesc"] == len(found), calls
    assert [each.drift() for each in machines] == [[], [], []]
    for each in (*machines, *volumes, network):
        each.delete()


def counted(host: LibvirtProvider) -> tuple[Counter[str], list[str]]:
    """The calls by which all kinds were listed, as the engine does it, and the ids of what was there."""
    calls: Counter[str] = Counter()
    host._connection.call("count", lambda _: None)
    for line in host._connection._lines:
        line.connect = CountedConnection(line.connect, calls)
    found = [each.id for handler in host.handlers.values() for each in handler.observe(STACK)]
    return Counter(calls), found
