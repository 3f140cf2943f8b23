"""Files that somebody else makes where a machine's own are about to be: they stay as they are."""

from pathlib import Path
from typing import Any

import pytest
from tests.integration.libvirt.handlers import Made
from tests.libvirt_lab import LibvirtLab

from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.libvirt.machines.files import Files
from virtwright.providers.libvirt.provider import LibvirtProvider

pytestmark = [pytest.mark.root, pytest.mark.slow]
MACHINE: dict[str, Any] = {"memory": "64MiB", "libvirt": {"type": "qemu"}, "shutdown_timeout": 0}
THEIRS = b"somebody's"


@pytest.fixture
def somebody(libvirt_lab: LibvirtLab, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Is quicker with each file that is to be made; returns what they have made."""
    made: list[Path] = []

    def first(what: Any) -> Any:
        def work(self: Files, path: str, *rest: Any) -> None:
            theirs = libvirt_lab.folder / "lib/images" / path.rpartition("/")[2]
            theirs.write_bytes(THEIRS)
            made.append(theirs)
            what(self, path, *rest)

        return work

    monkeypatch.setattr(Files, "make", first(Files.make))
    monkeypatch.setattr(Files, "put", first(Files.put))
    return made


@pytest.mark.parametrize("inputs", [{"disks": [{"size": "1MiB"}]}, {"cloud_init": {}}], ids=["a disk", "the seed"])
def test_one_in_the_way_of_a_new_machine(
    libvirt_lab: LibvirtLab, host: LibvirtProvider, somebody: list[Path], inputs: dict[str, Any]
) -> None:
    with pytest.raises(HostError, match="exists"):
        Made(host, "VirtualMachine", "db", **MACHINE, **inputs)
    assert [each.read_bytes() for each in somebody] == [THEIRS]
    assert libvirt_lab.api.listAllDomains() == []


def test_one_in_the_way_of_a_machine_s_new_disk(
    libvirt_lab: LibvirtLab, host: LibvirtProvider, request: pytest.FixtureRequest
) -> None:
    machine = Made(host, "VirtualMachine", "db", **MACHINE, power="stopped")
    somebody = request.getfixturevalue("somebody")
    with pytest.raises(HostError, match="exists"):
        machine.change(**MACHINE, power="stopped", disks=[{"size": "1MiB"}])
    machine.delete()
    assert [each.read_bytes() for each in somebody] == [THEIRS]


def test_one_in_the_way_of_a_snapshot_s_memory(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> None:
    machine = Made(host, "VirtualMachine", "db", **MACHINE, disks=[{"size": "1MiB"}])
    theirs = libvirt_lab.folder / "lib/images/shop_prod_db.before.memory"
    theirs.write_bytes(THEIRS)
    operations: Any = host.operations("VirtualMachine")
    with pytest.raises(HostError, match=r"before\.memory is there already"):
        operations.snapshot(machine.id, "before", Context(), external=True, memory=True)
    assert theirs.read_bytes() == THEIRS
    assert operations.snapshots(machine.id) == []
