"""Typing ``virtwright snapshot``: what machines are is kept, gone back to, and deleted without harm to what they are now."""

import json
import subprocess
from pathlib import Path

import pytest
from tests.e2e.operator_lab import Operator
from tests.libvirt_lab import LibvirtLab, libvirt_daemon, libvirt_lab

__all__ = ["libvirt_daemon", "libvirt_lab"]
pytestmark = [pytest.mark.root, pytest.mark.long, pytest.mark.timeout(900)]

_STACK = """\
stack: shop
hosts:
  kvm: {uri: "URI"}
vms:
  db: {memory: 64MiB, disks: [{size: 1MiB}], power: stopped, libvirt: {type: qemu}}
  web: {memory: 64MiB, disks: [{size: 1MiB}], power: paused, graphics: vnc, libvirt: {type: qemu}}
  raw: {memory: 64MiB, disks: [{size: 1MiB, format: raw}], power: stopped, libvirt: {type: qemu}}
"""


def _write(disk: Path, pattern: int) -> None:
    argv = ["qemu-io", "-f", "qcow2", "-c", f"write -P {pattern} 0 4096", str(disk)]
    subprocess.run(argv, check=True, capture_output=True, timeout=120)


def _holds(disk: Path, pattern: int) -> bool:
    argv = ["qemu-io", "-f", "qcow2", "-c", f"read -P {pattern} 0 4096", str(disk)]
    done = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=120)
    return "verification failed" not in done.stdout


def test_machines_become_again_what_they_were(operator: Operator, libvirt_lab: LibvirtLab) -> None:
    operator.write(_STACK.replace("URI", libvirt_lab.uri), "shop.yaml")
    operator.type("apply", "shop.yaml", "--yes")
    (disk,) = (libvirt_lab.folder / "lib/images").glob("*db-0.qcow2")
    for name, pattern in (("one", 1), ("two", 2)):
        _write(disk, pattern)
        operator.type("snapshot", "create", name, "vms.db", "vms.web")
    _write(disk, 3)
    told = json.loads(operator.type("snapshot", "list", "--json").out)
    assert [(each["resource"], each["name"], each["memory"], each["parent"]) for each in told] == [
        ("vms.db", "one", False, None),
        ("vms.db", "two", False, "one"),
        ("vms.web", "one", True, None),
        ("vms.web", "two", True, "one"),
    ]

    assert "consent" in operator.type("snapshot", "revert", "one", "vms.db", code=1).err
    assert _holds(disk, 3)
    operator.type("snapshot", "revert", "one", "--yes")
    assert _holds(disk, 1)
    operator.type("snapshot", "delete", "one", "--yes")
    assert _holds(disk, 1), "what it is now stays"
    operator.type("snapshot", "revert", "two", "vms.db", "--yes")
    assert _holds(disk, 2), "the others stay"
    assert "No changes" in operator.type("plan", "shop.yaml").out

    operator.type("screenshot", "vms.web", "web.png")
    assert (operator.folder / "web.png").read_bytes().startswith(b"\x89PNG")
    assert "graphics are vnc" in operator.type("screenshot", "vms.db", "db.png", code=1).err

    raw = operator.type("snapshot", "create", "one", "vms.raw", code=1)
    assert "qcow2" in raw.err and "--external" in raw.err
    assert "--external" in operator.type("snapshot", "create", "ext", "vms.raw", "--disk-only", code=1).err
    operator.type("snapshot", "create", "ext", "vms.raw", "vms.web", "--external", "--disk-only")
    assert "external" in operator.type("snapshot", "list", "vms.raw").out
    assert "No changes" in operator.type("plan", "shop.yaml").out
    assert "--live" in operator.type("export", "vms.web", "web.machine", code=1).err
    operator.type("export", "vms.web", "web.machine", "--live")
    for each in ("revert", "delete"):
        operator.type("snapshot", each, "ext", "--yes")
    assert "No changes" in operator.type("plan", "shop.yaml").out
    assert "already" in operator.type("snapshot", "create", "two", "vms.db", code=1).err
    assert "no snapshot one" in operator.type("snapshot", "revert", "one", "vms.db", "--yes", code=1).err
    assert "is no name" in operator.type("snapshot", "create", "a b", "vms.db", code=1).err
    operator.type("destroy", "shop.yaml", "--yes")
    assert not disk.exists()
