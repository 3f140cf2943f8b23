"""Moves between two hosts that see one folder: what lies in it is neither copied nor removed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.libvirt.two_hosts import TwoHosts
from tests.libvirt_lab import SHARED_FOLDER

from virtwright.engine.step import Op

pytestmark = [pytest.mark.root]
_UNTRUSTED = "/run/elsewhere"


@pytest.fixture
def sharing(hosts: TwoHosts, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[TwoHosts]:
    """The default pool of both is the same folder, which they see at the test's parameter."""
    hosts.shared, hosts.seen = tmp_path / "shared", getattr(request, "param", SHARED_FOLDER)
    hosts.shared.mkdir()
    pool = f"<pool type='dir'><name>default</name><target><path>{hosts.seen}</path></target></pool>"
    for lab in hosts.labs:
        lab.run("mkdir", "-p", hosts.seen)
        lab.run("mount", "--bind", str(hosts.shared), hosts.seen)
        made = lab.api.storagePoolDefineXML(pool)
        made.create()
        made.setAutostart(1)
    yield hosts
    for lab in hosts.labs:
        lab.sweep()
        lab.run("umount", "--lazy", hosts.seen)


@pytest.mark.parametrize("way", ["cold", "live"])
def test_nothing_is_copied(sharing: TwoHosts, way: str) -> None:
    sharing.inputs["libvirt"] = {"type": "qemu", "move": way}
    sharing.running_with_data()
    before, files = sharing.content(0), _inodes(sharing)
    steps = {step.urn.name: step.op for step in sharing.plan(1).steps if step.op is not Op.SAME}
    assert steps == {"db": Op.MOVE}, "the volume is there already"
    sharing.moved(1)
    assert sharing.domain(1).isActive()
    assert _inodes(sharing) == files
    assert sharing.content(1) == before
    sharing.moved(0)
    assert sharing.content(0) == before


def _inodes(hosts: TwoHosts) -> dict[str, int]:
    return {name: hosts.path(0, name).stat().st_ino for name in hosts.files(0)}


@pytest.mark.parametrize("sharing", [_UNTRUSTED], indirect=True)
def test_a_file_system_that_libvirt_does_not_know_to_be_shared(sharing: TwoHosts) -> None:
    """It does not let QEMU write there from two hosts, however short that is."""
    sharing.running_with_data()
    before = sharing.content(0)
    assert not sharing.apply(1).succeeded
    (told,) = sharing.failures()
    assert "shop_db is where it was, on one" in told
    assert f'shared_filesystems = ["{_UNTRUSTED}"]' in told
    assert "libvirt: {move: cold}" in told
    assert sharing.domain(0).isActive()
    sharing.moved(0)
    sharing.inputs["libvirt"] = {"type": "qemu", "move": "cold"}
    sharing.moved(1)
    assert sharing.content(1) == before
