"""Typing ``virtwright import`` for a machine that somebody else made: it stays as it is, and can be changed afterwards."""

import re
from typing import Any

import pytest
from tests.e2e.operator_lab import Operator
from tests.libvirt_lab import LibvirtLab, libvirt_daemon, libvirt_lab

__all__ = ["libvirt_daemon", "libvirt_lab"]
pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(600)]

_POOL = "<pool type='dir'><name>old</name><target><path>{}</path></target></pool>"
_VOLUME = "<volume><name>data.qcow2</name><capacity>1048576</capacity><target><format type='qcow2'/></target></volume>"
_NETWORK = (
    "<network><name>old-net</name><bridge name='oldbr'/><ip address='10.74.1.1' netmask='255.255.255.0'/></network>"
)
_MACHINE = """
<domain type='qemu'><name>legacy</name><title>Old thing</title><memory unit='MiB'>64</memory><vcpu cpuset='0'>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features><devices>
<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none'/><source file='{pool}/data.qcow2'/><target dev='vda' bus='virtio'/></disk>
<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{elsewhere}'/><target dev='vdb' bus='virtio'/></disk>
<interface type='network'><mac address='52:54:00:00:00:aa'/><source network='old-net'/><model type='virtio'/></interface>
<serial type='pty'/><sound model='ich9'/></devices></domain>
"""
_STACK = """\
stack: shop
hosts:
  kvm: {uri: "URI"}   # in the cellar
"""


def test_a_machine_with_what_it_uses(operator: Operator, libvirt_lab: LibvirtLab) -> None:
    domain = _foreign(libvirt_lab)
    before, defined = domain.XMLDesc(), _definition(domain)
    whole = operator.type("import", "--all", libvirt_lab.uri, "--name", "cellar", "-o", "-")
    assert "  legacy:\n" in whole.out
    assert "elsewhere.raw, which lies in no storage pool" in whole.err
    file = operator.write(_STACK.replace("URI", libvirt_lab.uri), "shop.yaml")
    done = operator.type("import", "shop.yaml", "vms.old", "legacy", "--yes")
    assert "3 imported" in done.out
    for setting in (
        "title: Old thing",
        "vcpu: cpuset=0",
        "devices/sound: model=ich9",
        "elsewhere.raw, which lies in no storage pool",
    ):
        assert setting in done.all
    text = file.read_text()
    assert "# in the cellar" in text
    assert "protect: true" in text
    assert domain.XMLDesc() == before, "nothing of it has changed"
    assert "No changes" in operator.type("plan", "shop.yaml").out

    file.write_text(text.replace("  old:\n", "  old:\n    description: kept\n", 1))
    assert "1 to update" in operator.type("plan", "shop.yaml").out
    operator.type("apply", "shop.yaml", "--yes")
    assert _definition(domain).replace("<description>kept</description>", "") == defined, "all else is as it was"
    assert domain.ID() > 0, "it was not started again"
    assert "No changes" in operator.type("plan", "shop.yaml").out


def _definition(domain: Any) -> str:
    """Without the stamp."""
    text = domain.XMLDesc(2)  # VIR_DOMAIN_XML_INACTIVE
    return re.sub(r"\s", "", re.sub(r"<metadata.*</metadata>", "", text, flags=re.DOTALL))


def _foreign(lab: LibvirtLab) -> Any:
    folder, elsewhere = lab.folder / "lib/old", lab.folder / "lib/elsewhere.raw"
    folder.mkdir(exist_ok=True)
    elsewhere.write_bytes(bytes(65536))
    pool = lab.api.storagePoolDefineXML(_POOL.format(folder))
    pool.create()
    pool.createXML(_VOLUME)
    lab.api.networkDefineXML(_NETWORK).create()
    domain = lab.api.defineXML(_MACHINE.format(pool=folder, elsewhere=elsewhere))
    domain.createWithFlags(1)  # paused
    return domain
