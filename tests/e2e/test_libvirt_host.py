"""Typing the commands of a whole life for networks and storage on a libvirt host."""

import subprocess

import pytest
from tests.e2e.operator_lab import Operator
from tests.libvirt_lab import LibvirtLab, libvirt_daemon, libvirt_lab

__all__ = ["libvirt_daemon", "libvirt_lab"]
pytestmark = pytest.mark.root
_STACK = """\
stack: shop
hosts:
  kvm: {uri: "URI"}
networks:
  back: {cidr: 10.40.0.0/24, dns: {records: [{name: db, address: 10.40.0.9}]}}
images:
  os: {source: {file: os.qcow2}, format: qcow2}
volumes:
  root: {source: {image: "${images.os.reference}"}, size: 64MiB}
  pages: {size: 8MiB, source: {content: pages}}
outputs:
  path: ${volumes.pages.path}
"""


def test_a_whole_life(operator: Operator, libvirt_lab: LibvirtLab) -> None:
    (operator.folder / "pages").mkdir()
    (operator.folder / "pages/index.html").write_text("hello")
    image = operator.folder / "os.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", str(image), "16M"], check=True, timeout=120)
    operator.write(_STACK.replace("URI", libvirt_lab.uri), "shop.yaml")
    facts = operator.type("host", "check", "--file", "shop.yaml").out
    assert "QEMU" in facts and "✗" not in facts

    assert "4 created" in operator.type("apply", "shop.yaml", "--yes").out
    path = operator.type("output", "path").out.strip()
    assert libvirt_lab.run("debugfs", "-R", "cat /index.html", path) == "hello"

    operator.edit("size: 64MiB", "size: 96MiB", "shop.yaml")
    operator.edit("10.40.0.9", "10.40.0.10", "shop.yaml")
    plan = operator.type("apply", "shop.yaml", "--yes").out
    assert "2 to update" in plan and "live" in plan and "reboot" not in plan
    xml = libvirt_lab.api.networkLookupByName("shop_back").XMLDesc()
    assert "10.40.0.10" in xml and "10.40.0.9" not in xml

    words = [word for name in ("root", "pages") for word in ("--allow-data-loss", name)]
    operator.type("destroy", "shop.yaml", "--yes", *words)
    assert libvirt_lab.api.listAllNetworks() == []
    assert list((libvirt_lab.folder / "lib/images").iterdir()) == []


_IMPOSSIBLE = """\
stack: shop
hosts:
  kvm: {uri: "URI"}
volumes:
  data: {size: 8MiB, pool: fast}
vms:
  db:
    machine_type: pc
    firmware: uefi
    cpu: {model: Nehelem}
    disks: [{size: 1MiB, bus: ide}]
    libvirt: {type: qemu, secure_boot: true}
  old: {machine_type: q36}
  far: {architecture: s390x}
"""


def test_what_the_host_can_not_do_is_told_in_the_plan(operator: Operator, libvirt_lab: LibvirtLab) -> None:
    operator.write(_IMPOSSIBLE.replace("URI", libvirt_lab.uri), "shop.yaml")
    operator.type("validate", "shop.yaml")
    told = operator.type("apply", "shop.yaml", "--yes", code=1).all
    for line in (
        "pool: the host has no storage pool fast",
        "at shop.yaml:5:28, volumes.data.pool",
        "cpu.model: this host knows no Nehelem",
        "at shop.yaml:10:18, vms.db.cpu.model",
        "did you mean Nehalem?",
        "libvirt.secure_boot: this host has none for machines pc-i440fx",
        "at shop.yaml:12:40, vms.db.libvirt.secure_boot",
        "machine_type: this host has no q36 for x86_64",
        "at shop.yaml:13:23, vms.old.machine_type",
        "architecture: this host runs no s390x machines",
        "at shop.yaml:14:23, vms.far.architecture",
    ):
        assert line in told, told
    assert libvirt_lab.api.listAllDomains() == []
    assert list((libvirt_lab.folder / "lib/images").iterdir()) == []
