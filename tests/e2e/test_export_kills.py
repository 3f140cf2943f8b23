"""``virtwright export`` and ``import`` killed at every step, with the machine going from one host to another that is reached over SSH:
the same command again always ends it, and nothing is left twice."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.operator_lab import PROGRAM, Operator
from tests.libvirt_lab import LibvirtLab, libvirt_daemon, libvirt_lab
from tests.ssh_lab import SshServer
from tests.waiting import PATIENCE

__all__ = ["libvirt_daemon", "libvirt_lab"]
pytestmark = [pytest.mark.root, pytest.mark.long, pytest.mark.timeout(1800)]

_NEAR = """\
stack: shop
hosts:
  kvm: {uri: "URI"}
images:
  os: {source: {file: os.qcow2}, format: qcow2}
vms:
  db:
    memory: 64MiB
    image: ${images.os.reference}
    disks: [{size: 64MiB, format: raw}]
    cloud_init: {user_data: "#cloud-config\\n"}
    power: paused
    shutdown_timeout: 0
    libvirt: {type: qemu}
"""
_FAR = """\
stack: far
hosts:
  box: {uri: "qemu+ssh://root@127.0.0.1:PORT/system?socket=SOCKET", ssh: {identity_file: "KEY", known_hosts: "KNOWN"}}
"""


@pytest.fixture
def far() -> Iterator[LibvirtLab]:
    with LibvirtLab() as lab:
        yield lab


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    with SshServer(tmp_path / "sshd") as made:
        yield made


def test_a_machine_goes_to_another_host(
    operator: Operator, libvirt_lab: LibvirtLab, far: LibvirtLab, server: SshServer
) -> None:
    near = libvirt_lab.folder / "lib/images"
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", str(operator.folder / "os.qcow2"), "1M"], check=True, timeout=60
    )
    operator.write(_NEAR.replace("URI", libvirt_lab.uri), "near.yaml")
    operator.type("apply", "near.yaml", "--yes")
    operator.write(_far(far, server), "far.yaml")
    libvirt_lab.api.lookupByName("shop_db").destroy()
    _io(libvirt_lab, "write -P 3 512k 64k", "shop_db-0.qcow2")
    libvirt_lab.api.lookupByName("shop_db").create()

    export = ("export", "vms.db", "db.machine", "--live", "--stack", "shop/shop")
    _interrupted(operator, near, *export)
    assert _killed(operator, "libvirt.export:1", *export) == -9
    assert not (operator.folder / "db.machine").exists()
    operator.type(*export)
    assert list(operator.folder.glob(".*part")) == [] and list(near.glob("*export*")) == []
    assert libvirt_lab.api.lookupByName("shop_db").isActive()

    words = ("import", "far.yaml", "db.machine", "--yes")
    step = 1
    while (code := _killed(operator, f"libvirt.rebuild:{step}", *words)) == -9:
        assert len(far.api.listAllDomains()) <= 1
        step += 1
    assert code == 0 and step > 5
    assert [each.name() for each in far.api.listAllDomains()] == ["shop_db"]
    files = sorted(each.name for each in (far.folder / "lib/images").iterdir())
    assert files == ["shop_db-seed.raw", "shop_db-vda.qcow2", "shop_db-vdb.raw"]
    assert _io(far, "read -P 3 512k 64k", "shop_db-vda.qcow2")
    assert "No changes" in operator.type("plan", "far.yaml").out


def _far(far: LibvirtLab, server: SshServer) -> str:
    text = _FAR.replace("PORT", str(server.port)).replace("SOCKET", str(far.socket))
    return text.replace("KEY", str(server.identity)).replace("KNOWN", str(server.known_hosts))


def _killed(operator: Operator, where: str, *words: str) -> int:
    environment = {**operator.environment, "VIRTWRIGHT_FAILPOINT": f"{where}=kill"}
    argv = [PROGRAM, *words]
    done = subprocess.run(argv, cwd=operator.folder, env=environment, capture_output=True, check=False, timeout=300)
    assert done.returncode in (0, -9), done.stderr.decode()
    return done.returncode


def _interrupted(operator: Operator, images: Path, *words: str) -> None:
    operator.environment["VIRTWRIGHT_FAILPOINT"] = "libvirt.export:1=sleep:5"
    process = operator.start(*words)
    del operator.environment["VIRTWRIGHT_FAILPOINT"]
    end = time.monotonic() + PATIENCE
    while not list(images.glob("*.export.qcow2")) and time.monotonic() < end:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, told
    assert "undoing what was begun" in told
    assert list(images.glob("*export*")) == [] and list(operator.folder.glob("*.machine")) == []
    assert list(operator.folder.glob(".*part")) == []


def _io(lab: LibvirtLab, command: str, disk: str) -> bool:
    told = lab.run("qemu-io", "-f", "qcow2", "-c", command, f"/var/lib/libvirt/images/{disk}")
    return "verification failed" not in told
