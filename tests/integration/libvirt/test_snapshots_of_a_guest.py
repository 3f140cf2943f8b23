"""External snapshots of a machine while a real guest runs in it: frozen by its agent, gone back to with its memory, deleted live."""

from typing import Any

import pytest
from tests.guests.booting import boot
from tests.integration.libvirt.handlers import Made
from tests.integration.libvirt.inside import Inside
from tests.libvirt_lab import LibvirtLab

from virtwright.providers.context import Context
from virtwright.providers.libvirt.agent.channel import AgentChannel
from virtwright.providers.libvirt.provider import LibvirtProvider

pytestmark = [pytest.mark.root, pytest.mark.long, pytest.mark.timeout(900)]
_MIB = 1024**2


class Guest:
    """A machine with a raw disk of its own, and its agent."""

    def __init__(self, host: LibvirtProvider, lab: LibvirtLab) -> None:
        self.lab = lab
        self.machine = Made(host, "VirtualMachine", "db", **self.inputs())
        self.operations: Any = host.operations("VirtualMachine")
        agent = AgentChannel(lab.connection, self.machine.id, "db")
        self.inside = Inside(lambda: agent)

    def inputs(self, size: int = 8 * _MIB) -> dict[str, Any]:
        own = {"memory": "192MiB", "boot": boot(), "guest_agent": True, "libvirt": {"type": "qemu"}}
        return {**own, "disks": [{"size": size, "format": "raw"}], "shutdown_timeout": 0}

    def run(self, script: str) -> str:
        """What it writes."""
        return self.inside.run("/bin/sh", "-c", script)

    def write(self, text: str) -> None:
        self.run(f"printf '%-512s' {text} > /dev/vda; sync")

    def read(self) -> str:
        return self.run("echo 3 > /proc/sys/vm/drop_caches; head -c 512 /dev/vda").strip()

    def snapshot(self, name: str, **how: Any) -> list[str]:
        """Returns what is told meanwhile."""
        told: list[str] = []
        context = Context(progress=lambda message, fraction=None: told.append(message))
        self.operations.snapshot(self.machine.id, name, context, external=True, **how)
        return told

    def do(self, what: str, name: str) -> None:
        getattr(self.operations, what)(self.machine.id, name, Context())


def test_a_guest_and_its_layers(host: LibvirtProvider, libvirt_lab: LibvirtLab) -> None:
    guest = Guest(host, libvirt_lab)
    guest.write("first")
    assert guest.snapshot("frozen", memory=False) == [], "its agent has frozen the file systems, or this would be told"
    guest.write("second")
    guest.snapshot("whole")
    then = guest.inside.uptime()
    guest.write("third")
    assert guest.machine.drift() == []

    guest.machine.change(**guest.inputs(16 * _MIB))
    assert guest.run("cat /sys/block/vda/size").strip() == str(16 * _MIB // 512), "the layer has grown, live"
    assert guest.inside.uptime() > then and guest.machine.drift() == []

    guest.do("revert", "whole")
    assert guest.read() == "second"
    assert guest.inside.uptime() < then + 60, "it went on where it was"
    guest.do("delete_snapshot", "frozen")
    assert guest.read() == "second", "what it is now stays"
    guest.write("fourth")
    guest.do("delete_snapshot", "whole")
    assert guest.read() == "fourth"
    guest.machine.change(**guest.inputs())
    assert guest.machine.drift() == []
    assert "<source file='/var/lib/libvirt/images/shop_prod_db-0.raw'" in guest.lab.api.lookupByName(
        "shop_prod_db"
    ).XMLDesc(2)
