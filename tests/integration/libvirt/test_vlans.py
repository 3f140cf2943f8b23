"""VLANs with real traffic, on Open vSwitch: a machine that boots over the network asks for an address in its own VLAN alone."""

import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.integration.libvirt.handlers import Made
from tests.libvirt_lab import LibvirtLab

from virtwright.providers.libvirt.provider import LibvirtProvider

pytestmark = [pytest.mark.root, pytest.mark.long, pytest.mark.timeout(900)]
MAC = "52:54:00:00:00:77"
OVER = {"xml": "<network><virtualport type='openvswitch'/></network>"}
_SWITCH = """
set -e
mkdir -p /run/openvswitch
ovsdb-tool create /run/openvswitch/conf.db /usr/share/openvswitch/vswitch.ovsschema
ovsdb-server /run/openvswitch/conf.db --remote=punix:/run/openvswitch/db.sock --detach --pidfile --log-file=/run/openvswitch/db.log
ovs-vsctl --no-wait init
ovs-vswitchd unix:/run/openvswitch/db.sock --detach --pidfile --log-file=/run/openvswitch/switch.log
ovs-vsctl add-br ovs -- set bridge ovs datapath_type=netdev
ip link set ovs up
for tag in 20 30; do
    ovs-vsctl add-port ovs "v$tag" tag=$tag -- set interface "v$tag" type=internal
    ip link set "v$tag" up
done
"""
"""Without its kernel module. ``v20`` and ``v30`` are what members of each VLAN see."""
_LISTEN = """
import socket, sys
line = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
line.bind((sys.argv[1], 0))
line.settimeout(float(sys.argv[3]))
print("listening", flush=True)
mac = bytes.fromhex(sys.argv[2].replace(":", ""))
try:
    while True:
        frame = line.recv(2048)
        if frame[6:12] == mac and frame[36:38] == (67).to_bytes(2, "big"):
            print("asked", flush=True)
            break
except TimeoutError:
    print("silent", flush=True)
"""


@pytest.fixture
def switch(libvirt_lab: LibvirtLab) -> Iterator[None]:
    libvirt_lab.run("sh", "-c", _SWITCH)
    yield
    libvirt_lab.sweep()
    libvirt_lab.run("sh", "-c", "kill $(cat /run/openvswitch/*.pid)")


@contextmanager
def ear(lab: LibvirtLab, place: str, seconds: int) -> "Iterator[subprocess.Popen[str]]":
    """Hears whether the machine asks for an address there."""
    with lab.begin("python3", "-c", _LISTEN, place, MAC, str(seconds)) as process:
        assert process.stdout is not None and process.stdout.readline() == "listening\n"
        yield process
        process.kill()


def heard(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_machine_is_in_its_vlan_alone_and_follows_to_another(
    libvirt_lab: LibvirtLab, host: LibvirtProvider, switch: None
) -> None:
    tagged = Made(host, "Network", "tagged", mode="bridge", bridge="ovs", vlan=20, libvirt=OVER)
    nic = {"network": tagged.outputs.name, "mac": MAC, "boot_order": 1}
    plain: dict[str, Any] = {"memory": "64MiB", "libvirt": {"type": "qemu"}, "shutdown_timeout": 0}
    with ear(libvirt_lab, "v20", 240) as own, ear(libvirt_lab, "v30", 240) as other:
        machine = Made(host, "VirtualMachine", "db", None, networks=[nic], **plain)
        assert heard(own) == "asked"
        assert other.stdout is not None and select.select([other.stdout], [], [], 0)[0] == []
        tagged.change(mode="bridge", bridge="ovs", vlan=30, libvirt=OVER)
        libvirt_lab.api.lookupByName("shop_prod_db").reset()
        assert heard(other) == "asked"
    assert machine.drift() == [] and tagged.drift() == []
