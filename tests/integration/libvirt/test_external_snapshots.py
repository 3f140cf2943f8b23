"""Layers of external snapshots over the disks of machines: what they keep, and that all else of the provider sees through them."""

from pathlib import Path
from typing import Any

import pytest
from tests.integration.libvirt.handlers import Made
from tests.libvirt_lab import LibvirtLab

from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.libvirt.machines.snapshots import Snapshots
from virtwright.providers.libvirt.provider import LibvirtProvider

pytestmark = [pytest.mark.root, pytest.mark.slow]
_IMAGES = "/var/lib/libvirt/images"


class Bench:
    """A machine with a raw disk of its own, and a volume."""

    def __init__(self, host: LibvirtProvider, lab: LibvirtLab, power: str) -> None:
        self.lab = lab
        self.host = host
        self.operations: Any = host.operations("VirtualMachine")
        self.volume = Made(host, "Volume", "data", size=1024**2, format="raw")
        self.machine = Made(host, "VirtualMachine", "db", **self.inputs(power))

    def inputs(self, power: str, **more: Any) -> dict[str, Any]:
        disks = [{"size": 1024**2, "format": "raw"}, {"volume": self.volume.outputs.name}]
        own = {"memory": "64MiB", "disks": disks, "power": power, "libvirt": {"type": "qemu"}, "shutdown_timeout": 0}
        return {**own, **more}

    def snapshot(self, name: str, **how: Any) -> None:
        self.operations.snapshot(self.machine.id, name, Context(), external=True, **how)

    def revert(self, name: str) -> None:
        self.operations.revert(self.machine.id, name, Context())

    def remove(self, name: str) -> None:
        self.operations.delete_snapshot(self.machine.id, name, Context())

    def told(self) -> list[tuple[str, str, bool]]:
        return [(each.name, each.kind, each.memory) for each in self.operations.snapshots(self.machine.id)]

    def disk(self, target: str) -> str:
        """What its definition names."""
        domain = self.lab.api.lookupByUUIDString(self.machine.id)
        part = next(each for each in domain.XMLDesc(2).split("<disk ") if f"dev='{target}'" in each)
        return str(part.split("<source file='")[1].split("'")[0])

    def write(self, target: str, pattern: int) -> None:
        path = self.disk(target)
        self.lab.run("qemu-io", "-f", self._format(path), "-c", f"write -P {pattern} 0 512", path)

    def holds(self, path: str, pattern: int) -> bool:
        told = self.lab.run("qemu-io", "-r", "-U", "-f", self._format(path), "-c", f"read -P {pattern} 0 512", path)
        return "verification failed" not in told

    def _format(self, path: str) -> str:
        return "raw" if path.endswith(".raw") else "qcow2"

    def files(self) -> set[str]:
        return {each.name for each in (self.lab.folder / "lib/images").iterdir() if "~" not in each.name}

    @property
    def domain(self) -> Any:
        return self.lab.api.lookupByUUIDString(self.machine.id)


def test_a_machine_that_is_off(host: LibvirtProvider, libvirt_lab: LibvirtLab) -> None:
    bench = Bench(host, libvirt_lab, "stopped")
    before = bench.files()
    bench.write("vda", 1)
    bench.snapshot("one")
    assert bench.told() == [("one", "external", False)]
    assert bench.disk("vda") == f"{_IMAGES}/shop_prod_db-0.one.qcow2"
    bench.write("vda", 2)
    bench.write("vdb", 3)
    assert bench.machine.drift() == [], "a layer is no drift"
    with pytest.raises(HostError, match="already"):
        bench.snapshot("one")
    with pytest.raises(HostError, match="external snapshot of the machine shop_prod_db lies over"):
        bench.volume.change(size=2 * 1024**2, format="raw")

    bench.machine.change(**bench.inputs("stopped", cpus=2))
    assert bench.machine.drift() == []
    assert bench.disk("vdb") == f"{_IMAGES}/shop_prod_data.one.qcow2", "a change leaves the layers"
    assert bench.holds(bench.disk("vda"), 2)
    bench.revert("one")
    assert bench.holds(bench.disk("vda"), 1)
    bench.machine.change(**bench.inputs("stopped", cpus=2))
    bench.write("vdb", 4)
    assert bench.machine.drift() == []

    bench.machine.delete()
    assert bench.files() == before - {"shop_prod_db-0.raw"}, "no layer is left"
    assert bench.holds(f"{_IMAGES}/shop_prod_data.raw", 4), (
        "what was written into a layer over a volume is in the volume"
    )


def test_a_machine_that_runs(host: LibvirtProvider, libvirt_lab: LibvirtLab) -> None:
    bench = Bench(host, libvirt_lab, "running")
    before = bench.files()
    bench.snapshot("one")
    bench.snapshot("two", memory=False)
    bench.snapshot("three", memory=False)
    assert bench.told() == [("one", "external", True), ("two", "external", False), ("three", "external", False)]
    assert bench.domain.isActive() and bench.machine.drift() == []
    assert bench.files() - before >= {"shop_prod_db.one.memory", "shop_prod_db-0.three.qcow2"}

    bench.remove("two")
    assert bench.domain.isActive() and "shop_prod_db-0.two.qcow2" not in bench.files(), "committed while it runs"
    bench.machine.change(**bench.inputs("running", autostart=True))
    assert bench.machine.drift() == []
    bench.revert("three")
    assert bench.domain.isActive(), "what ran runs again"
    bench.remove("three")
    bench.revert("one")
    assert bench.domain.isActive()
    bench.remove("one")
    assert bench.files() == before and bench.disk("vda") == f"{_IMAGES}/shop_prod_db-0.raw"
    bench.machine.change(**bench.inputs("running"))
    assert bench.machine.drift() == []


def test_a_layer_that_a_revert_to_an_internal_snapshot_left(
    host: LibvirtProvider, libvirt_lab: LibvirtLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume = Made(host, "Volume", "data", size=1024**2)
    disks = [{"size": 1024**2}, {"volume": volume.outputs.name}]
    own: dict[str, Any] = {"memory": "64MiB", "disks": disks, "libvirt": {"type": "qemu"}}
    machine = Made(host, "VirtualMachine", "db", **own, power="stopped", shutdown_timeout=0)
    operations: Any = host.operations("VirtualMachine")
    before = {*(libvirt_lab.folder / "lib/images").iterdir()}
    operations.snapshot(machine.id, "inside", Context())
    operations.snapshot(machine.id, "beside", Context(), external=True)
    operations.revert(machine.id, "inside", Context())
    with monkeypatch.context() as patch, pytest.raises(KeyError):
        patch.setattr(Snapshots, "_with", lambda *_: (_ for _ in ()).throw(KeyError))  # killed before libvirt does it
        operations.delete_snapshot(machine.id, "beside", Context())
    assert [each.name for each in operations.snapshots(machine.id)] == ["inside", "beside"]
    operations.delete_snapshot(machine.id, "beside", Context())
    assert [each.name for each in operations.snapshots(machine.id)] == ["inside"]
    assert {*(libvirt_lab.folder / "lib/images").iterdir()} == before
    operations.delete_snapshot(machine.id, "inside", Context())
    assert machine.drift() == []
    machine.delete()
    volume.delete()


def test_what_was_made_and_is_deleted_with_its_own_disks_only(
    host: LibvirtProvider, libvirt_lab: LibvirtLab, tmp_path: Path
) -> None:
    own = {"memory": "64MiB", "disks": [{"size": 1024**2}], "libvirt": {"type": "qemu"}}
    inputs: dict[str, Any] = {**own, "power": "paused", "shutdown_timeout": 0}
    machine = Made(host, "VirtualMachine", "db", **inputs)
    operations: Any = host.operations("VirtualMachine")
    operations.snapshot(machine.id, "one", Context(), external=True)
    operations.snapshot(machine.id, "two", Context(), external=True, memory=False)
    operations.revert(machine.id, "one", Context())
    assert machine.drift() == []
    machine.delete()
    assert list((libvirt_lab.folder / "lib/images").iterdir()) == []
