"""Typing ``virtwright export`` and ``import``: a machine goes away in a file, and comes back whole."""

import subprocess
import zipfile
from pathlib import Path

import pytest
from tests.e2e.operator_lab import PROGRAM, Operator
from tests.libvirt_lab import LibvirtLab, libvirt_daemon, libvirt_lab

__all__ = ["libvirt_daemon", "libvirt_lab"]
pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(600)]

_STACK = """\
stack: shop
hosts:
  kvm: {uri: "URI"}
networks:
  back: {cidr: 10.40.0.0/24}
images:
  os: {source: {file: os.qcow2}, format: qcow2}
volumes:
  data: {size: 1MiB, format: raw}
vms:
  db:
    memory: 64MiB
    image: ${images.os.reference}
    networks: [{network: back, address: 10.40.0.10}]
    disks: [{volume: data}, {size: 1GiB}]
    cloud_init: {user_data: "#cloud-config\\npassword: topsecret-of-the-seed\\n"}
    graphics: {type: vnc, password: geheim12}
    labels: {tier: gold}
    guest_agent: true
    wait_for: {guest_agent: true}
    power: stopped
    libvirt: {type: qemu}
"""
_OTHER = """\
stack: other
hosts:
  kvm: {uri: "URI"}
networks:
  back: {cidr: 10.40.0.0/24}
"""


def test_a_machine_goes_away_in_a_file_and_comes_back(operator: Operator, libvirt_lab: LibvirtLab) -> None:
    images = libvirt_lab.folder / "lib/images"
    _made(operator, libvirt_lab)
    _io(libvirt_lab, "write -P 7 65536 4096", "shop_db-0.qcow2")
    _io(libvirt_lab, "write -P 8 0 4096", "shop_data.raw")
    uuid = libvirt_lab.api.lookupByName("shop_db").UUIDString()

    done = operator.type("export", "vms.db", "db.machine")
    file = operator.folder / "db.machine"
    assert "saved in db.machine" in done.err
    assert file.stat().st_size < 2 * 1024**2, "the holes of a disk of 1 GiB take no room"
    assert oct(file.stat().st_mode)[-3:] == "600"
    assert _members_with(file, "geheim12", "topsecret-of-the-seed") == []
    assert list(images.glob("*export*")) == [], "no copy is left on the host"
    assert "is there already" in operator.type("export", "vms.db", "db.machine", code=1).err
    twice = operator.type("import", "shop.yaml", "db.machine", "--as", "vms.twin", code=1)
    assert "the stack has this very machine, as vms.db" in twice.err and "--copy" in twice.err
    operator.write(_OTHER.replace("other", "shop").replace("URI", libvirt_lab.uri), "bare.yaml")
    again = operator.type("import", "bare.yaml", "db.machine", "--copy", "--name", "twin", "--yes", code=1)
    assert "vms.db is in the stack already" in again.err
    assert len(libvirt_lab.api.listAllDomains()) == 1, "that is said before anything is sent"

    operator.type("destroy", "shop.yaml", "--yes", "--allow-data-loss", "data")
    assert list(images.iterdir()) == []
    operator.write(_OTHER.replace("URI", libvirt_lab.uri), "other.yaml")
    operator.type("apply", "other.yaml", "--yes")
    _import_killed(operator, "libvirt.rebuild:3")
    assert len(libvirt_lab.api.listAllDomains()) == 1, "half made"
    done = operator.type("import", "other.yaml", "db.machine", "--yes")
    assert "cut off" in done.err and "imported" in done.out
    assert "can't say" not in done.err, "what virtwright itself has noted is no setting of somebody's"
    text = (operator.folder / "other.yaml").read_text()
    assert [
        word
        for word in ("tier: gold", "10.40.0.10", "network: back", "wait_for: {guest_agent: true")
        if word not in text
    ] == [], text
    assert "geheim12" not in text
    back = libvirt_lab.api.lookupByName("shop_db")
    assert back.UUIDString() == uuid
    assert "passwd='geheim12'" in back.XMLDesc(1)
    assert "complete=" not in back.XMLDesc(), "the note of its arrival is gone"
    assert "10.40.0.10" in libvirt_lab.api.networkLookupByName("other_back").XMLDesc()
    assert _io(libvirt_lab, "read -P 7 65536 4096", "shop_db-vda.qcow2")
    assert _io(libvirt_lab, "read -P 5 0 4096", "shop_db-vda.qcow2"), "what its image held"
    assert _io(libvirt_lab, "read -P 8 0 4096", "shop_db-vdb.raw")
    assert b"topsecret-of-the-seed" in (images / "shop_db-seed.raw").read_bytes()
    assert "No changes" in operator.type("plan", "other.yaml").out
    assert "stands in the stack already" in operator.type("import", "other.yaml", "db.machine", code=1).err


def _import_killed(operator: Operator, where: str) -> None:
    environment = {**operator.environment, "VIRTWRIGHT_FAILPOINT": f"{where}=kill"}
    argv = [PROGRAM, "import", "other.yaml", "db.machine", "--yes"]
    done = subprocess.run(argv, cwd=operator.folder, env=environment, capture_output=True, check=False, timeout=120)
    assert done.returncode == -9, done.stderr


def _made(operator: Operator, lab: LibvirtLab) -> None:
    image = operator.folder / "os.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", str(image), "1M"], check=True, timeout=60)
    words = ["qemu-io", "-f", "qcow2", "-c", "write -P 5 0 4096", str(image)]
    subprocess.run(words, check=True, capture_output=True, timeout=60)
    operator.write(_STACK.replace("URI", lab.uri), "shop.yaml")
    operator.type("apply", "shop.yaml", "--yes")


def _io(lab: LibvirtLab, command: str, disk: str) -> bool:
    format = disk.rpartition(".")[2]
    told = lab.run("qemu-io", "-f", format, "-c", command, f"/var/lib/libvirt/images/{disk}")
    return "verification failed" not in told


def _members_with(file: Path, *words: str) -> list[str]:
    with zipfile.ZipFile(file) as archive:
        return [name for name in archive.namelist() if any(word.encode() in archive.read(name) for word in words)]
