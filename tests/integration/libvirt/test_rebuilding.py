"""Machines made of exported files: what is in the way is told before anything is made, and nothing is left where it fails."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from tests.integration.libvirt.handlers import Made
from tests.libvirt_lab import LibvirtLab

from virtwright.errors import HostError, InputError, VirtwrightError
from virtwright.failpoints import configure
from virtwright.providers.context import Context
from virtwright.providers.exports.contract import Destination, Origin
from virtwright.providers.exports.manifest import SavedDisk
from virtwright.providers.exports.reading import ExportReader
from virtwright.providers.exports.sealing import SecretsRule, Unseal
from virtwright.providers.exports.writing import ExportWriter
from virtwright.providers.libvirt.machines.exporting.checking import check_free
from virtwright.providers.libvirt.provider import LibvirtProvider

pytestmark = [pytest.mark.root]
_CLEAR = SecretsRule(clear=True)
_UNSEAL = Unseal(lambda salt, text, place: text)


class Bench:
    """Exports of one machine, on the host where it is."""

    def __init__(self, host: LibvirtProvider, lab: LibvirtLab, folder: Path) -> None:
        self.lab = lab
        self.operations: Any = host.operations("VirtualMachine")
        self.network = Made(host, "Network", "back", cidr="10.45.0.0/24")
        self.machine = Made(
            host,
            "VirtualMachine",
            "db",
            memory="64MiB",
            disks=[{"size": 4 * 1024**2}],
            networks=[{"network": "shop_prod_back", "address": "10.45.0.10"}],
            cloud_init={"users": [{"name": "me"}]},
            graphics={"type": "vnc", "password": "geheim12"},
            power="stopped",
            libvirt={"type": "qemu"},
        )
        self.file = folder / "db.machine"

    def export(self, rule: SecretsRule = _CLEAR, *, live: bool = False) -> ExportReader:
        with self.file.open("wb") as file, ExportWriter(file, rule) as writer:
            self.operations.export(self.machine.id, writer, Origin("shop/prod", "vms.db"), Context(), live=live)
        return ExportReader(self.file)

    def rebuild(self, reader: ExportReader, **choices: Any) -> str:
        made: str = self.operations.rebuild(reader, Destination("shop/prod", _UNSEAL, **choices), Context())
        return made

    def there(self) -> tuple[list[str], list[str]]:
        """Machines, and files of the default pool."""
        files = sorted(each.name for each in (self.lab.folder / "lib/images").iterdir())
        return sorted(each.name() for each in self.lab.api.listAllDomains()), files


@pytest.fixture
def bench(host: LibvirtProvider, libvirt_lab: LibvirtLab, tmp_path: Path) -> Bench:
    return Bench(host, libvirt_lab, tmp_path)


def test_what_is_in_the_way_is_told_before_anything_is_made(bench: Bench) -> None:
    with bench.export() as reader:
        before = bench.there()

        def refused(words: str, **choices: Any) -> None:
            with pytest.raises(VirtwrightError, match=words):
                bench.rebuild(reader, **choices)
            assert bench.there() == before

        refused("has a machine shop_prod_db already")
        refused("the UUID .* is that of the machine shop_prod_db", name="twin")
        refused("has no network elsewhere", copy=True, name="twin", networks={"shop_prod_back": "elsewhere"})
        (bench.lab.folder / "lib/images/twin-vda.qcow2").write_bytes(b"somebody's")
        before = bench.there()
        refused("has a volume twin-vda.qcow2 already", copy=True, name="twin")
        huge = reader.manifest.disks[0].file
        first = huge.chunks[0]
        chunks = (first, first.model_copy(update={"offset": 1 << 24, "length": 1 << 44}))
        reader.manifest = reader.manifest.model_copy(
            update={"disks": (_disk_with(reader, huge.model_copy(update={"chunks": chunks, "length": 1 << 44})),)}
        )
        refused("MiB left", copy=True, name="third")


def _disk_with(reader: ExportReader, file: Any) -> SavedDisk:
    return reader.manifest.disks[0].model_copy(update={"file": file, "target": "vda"})


def test_a_copy_lives_beside_the_first(bench: Bench) -> None:
    with bench.export() as reader:
        id = bench.rebuild(reader, copy=True, name="twin", start=True)
        bench.operations.rebuilt(id)
    first, copy = (bench.lab.api.lookupByName(name) for name in ("shop_prod_db", "twin"))
    assert copy.UUIDString() == id != first.UUIDString()
    assert copy.isActive() and not first.isActive()
    assert "geheim12" in copy.XMLDesc(1) and "twin-seed.raw" in copy.XMLDesc() and "twin.console.log" in copy.XMLDesc()
    macs = [each for each in (first.XMLDesc(), copy.XMLDesc()) if "52:54:00" in each]
    assert macs[0].split("<mac address='")[1][:17] != macs[1].split("<mac address='")[1][:17]
    assert bench.lab.api.networkLookupByName("shop_prod_back").XMLDesc().count("10.45.0.10") == 1


@pytest.mark.parametrize("step", (1, 3))
def test_nothing_is_left_where_it_fails(bench: Bench, step: int) -> None:
    with bench.export() as reader:
        before = bench.there()
        configure(f"libvirt.rebuild:{step}=raise")
        try:
            with pytest.raises(Exception, match="failpoint"):
                bench.rebuild(reader, copy=True, name="twin")  # the failpoint's own error is no VirtwrightError
        finally:
            configure("")
        assert bench.there() == before


def test_a_file_that_somebody_makes_meanwhile_stays(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = bench.lab.folder / "lib/images/twin-vda.qcow2"

    def check_free_and_make(*args: Any) -> None:
        check_free(*args)
        theirs.write_bytes(b"somebody's")

    monkeypatch.setattr("virtwright.providers.libvirt.machines.exporting.rebuilding.check_free", check_free_and_make)
    with bench.export() as reader:
        machines, files = bench.there()
        with pytest.raises(HostError, match="exists"):
            bench.rebuild(reader, copy=True, name="twin")
    assert bench.there() == (machines, sorted([*files, theirs.name]))
    assert theirs.read_bytes() == b"somebody's"


def test_a_machine_without_its_secrets_has_no_seed(bench: Bench) -> None:
    with bench.export(SecretsRule()) as reader:
        assert {"the passwords of its graphical console"} < set(reader.manifest.left_out)
        bench.rebuild(reader, copy=True, name="twin")
    xml = bench.lab.api.lookupByName("twin").XMLDesc(1)
    assert "passwd" not in xml and "-seed" not in xml


def test_firmware_keeps_its_variables(host: LibvirtProvider, libvirt_lab: LibvirtLab, tmp_path: Path) -> None:
    uefi: dict[str, Any] = {"memory": "64MiB", "firmware": "uefi", "libvirt": {"type": "qemu"}, "shutdown_timeout": 0}
    machine = Made(host, "VirtualMachine", "db", power="paused", **uefi)
    libvirt_lab.api.lookupByName("shop_prod_db").destroy()
    nvram = libvirt_lab.folder / "lib/qemu/nvram"
    (kept,) = nvram.iterdir()
    kept.write_bytes(kept.read_bytes()[:-4] + b"mine")
    operations: Any = host.operations("VirtualMachine")
    path = tmp_path / "db.machine"
    with path.open("wb") as file, ExportWriter(file, _CLEAR) as writer:
        operations.export(machine.id, writer, Origin("shop/prod", "vms.db"), Context(), live=False)
    with ExportReader(path) as reader:
        (nvram / "other_VARS.fd").write_bytes(b"those of a machine that was renamed")
        with pytest.raises(HostError, match=r"there is a file .*/other_VARS\.fd already"):
            operations.rebuild(reader, Destination("shop/prod", _UNSEAL, name="other", copy=True), Context())
        assert (nvram / "other_VARS.fd").read_bytes() == b"those of a machine that was renamed"
        operations.rebuild(reader, Destination("shop/prod", _UNSEAL, name="twin", copy=True), Context())
    assert (nvram / "twin_VARS.fd").read_bytes() == kept.read_bytes()
    libvirt_lab.api.lookupByName("twin").createWithFlags(1)  # paused: QEMU takes it


def test_a_disk_that_reaches_for_files_of_the_host_is_refused(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "evil.machine"
    with bench.export() as reader, path.open("wb") as file, ExportWriter(file, SecretsRule()) as writer:
        disk = writer.disk("vda")
        head = bytearray(next(data for offset, data in reader.chunks(reader.manifest.disks[0]) if offset == 0))
        head[8:20] = (104).to_bytes(8, "big") + (11).to_bytes(4, "big")  # the name of a backing file
        disk.data(bytes(head))
        first = reader.manifest.disks[0].model_copy(update={"file": disk.finish()})
        writer.definition(reader.definition())
        writer.finish(reader.manifest.model_copy(update={"disks": (first,), "uuid": str(uuid.uuid4())}))
    before = bench.there()
    with ExportReader(path) as evil, pytest.raises(InputError, match="is a layer over another file"):
        bench.rebuild(evil, name="evil")
    assert bench.there() == before


def test_one_that_runs_is_saved_as_it_is_at_one_moment_only_where_that_is_asked_for(bench: Bench) -> None:
    domain = bench.lab.api.lookupByName("shop_prod_db")
    domain.create()
    with pytest.raises(HostError, match="is running"):
        bench.export()
    before = bench.there()
    with bench.export(live=True) as reader:
        reader.verify(Context())
        assert [each.target for each in reader.manifest.disks] == ["vda", "vdb"]
    assert domain.isActive() and bench.there() == before, "no snapshot is left"
    assert bench.machine.drift() == ["power"], "the stack says that it is stopped"
