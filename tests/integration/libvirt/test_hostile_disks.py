"""A guest that writes the header of another format into its disk, and images of strangers: nothing of the host is read through them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.libvirt.handlers import Made
from tests.integration.libvirt.test_volumes import file_of, qemu_info
from tests.libvirt_lab import LibvirtLab

from virtwright.errors import HostError
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.libvirt.provider import LibvirtProvider

pytestmark = pytest.mark.root
MiB = 1024**2
SECRET = b"a secret of the host" * 64


class Host:
    """A host with a file that no guest may read."""

    def __init__(self, lab: LibvirtLab, provider: LibvirtProvider) -> None:
        self.lab, self.provider = lab, provider
        self.images = lab.folder / "lib/images"
        self.images.mkdir(parents=True, exist_ok=True)
        (self.images.parent / "secret").write_bytes(SECRET.ljust(MiB, b"\n"))
        self.secret = "/var/lib/libvirt/secret"

    def header(self, *options: str, backing: str | None = None, size: str = "1M") -> bytes:
        """What ``qemu-img create`` writes: as a guest can, too."""
        over = ["-F", "raw", "-b", backing, "-u"] if backing else []
        made = self.lab.folder / "header"
        argv = ["qemu-img", "create", "-q", "-f", "qcow2", *options, *over, str(made), size]
        subprocess.run(argv, check=True, timeout=120)
        content = made.read_bytes()
        made.unlink()
        return content

    def volume(self, name: str = "data", **inputs: Any) -> Made:
        return Made(self.provider, "Volume", name, **{"size": "1MiB", "format": "raw", **inputs})

    def write(self, volume: Made, content: bytes) -> None:
        with file_of(self.lab, volume).open("r+b") as file:
            file.write(content)
        self.lab.api.storagePoolLookupByName("default").refresh()  # as somebody does sooner or later

    def put(self, name: str, content: bytes) -> None:
        """A file of somebody else's in the default pool."""
        (self.images / name).write_bytes(content)
        self.lab.api.storagePoolLookupByName("default").refresh()

    def shows_its_secret(self) -> bool:
        """Whether a file of the pool holds it, or an image there shows it."""
        return any(SECRET[:64] in path.read_bytes() for path in self.images.iterdir())

    def open_files(self, machine: str) -> set[str]:
        """Of its QEMU."""
        pid = self.lab.run("cat", f"/run/libvirt/qemu/{machine}.pid").strip()
        return set(self.lab.run("sh", "-c", f"readlink /proc/{pid}/fd/*").split())

    def define(self, name: str, path: str, format: str) -> Any:
        """A machine as somebody would make it who takes libvirt's word for the format; it runs, and is paused."""
        return self.lab.api.createXML(
            f"<domain type='qemu'><name>{name}</name><memory>16384</memory><os><type>hvm</type></os><devices><disk type='file'>"
            f"<driver name='qemu' type='{format}'/><source file='{path}'/><target dev='vda' bus='virtio'/></disk>"
            "</devices></domain>",
            1,
        )

    def machine(self, name: str, **disk: Any) -> Made:
        return Made(
            self.provider,
            "VirtualMachine",
            name,
            memory="16MiB",
            cloud_init=None,
            disks=[disk],
            libvirt={"type": "qemu"},
        )


@pytest.fixture
def there(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> Iterator[Host]:
    yield Host(libvirt_lab, host)
    for domain in libvirt_lab.api.listAllDomains():
        if domain.isActive():
            domain.destroy()


def test_the_host_would_open_what_a_guest_names_if_it_took_its_word(there: Host) -> None:
    """What the others hold off."""
    data = there.volume()
    there.write(data, there.header(backing=there.secret))
    there.define("careless", data.outputs.path, "qcow2")
    assert there.secret in there.open_files("careless")


def test_a_raw_disk_stays_raw_in_a_machine_that_is_made_anew(there: Host) -> None:
    data = there.volume()
    there.write(data, there.header(backing=there.secret))
    machine = there.machine("db", volume=data.outputs.name)
    opened = there.open_files("shop_prod_db")
    assert data.outputs.path in opened and there.secret not in opened
    assert machine.drift() == [] and data.drift() == []
    domain = there.lab.api.lookupByName("shop_prod_db")
    domain.snapshotCreateXML(
        "<domainsnapshot><name>s</name><disks><disk name='vda' snapshot='external'/></disks></domainsnapshot>", 16
    )  # disks only
    layers = [each for each in there.images.iterdir() if each.name.endswith(".s")]
    assert [qemu_info(each)["backing-filename-format"] for each in layers] == ["raw"]
    assert there.secret not in there.open_files("shop_prod_db")


@pytest.mark.parametrize("goal", ["raw", "qcow2"])
def test_a_copy_of_a_volume_shows_no_file_of_the_host(there: Host, goal: str) -> None:
    data = there.volume()
    there.write(data, there.header(backing=there.secret))
    with pytest.raises(HostError, match="its content begins as that of another format") as caught:
        there.volume("copy", source={"clone": data.outputs.name}, format=goal, size=None)
    assert "    dd if=" in (caught.value.hint or "")
    assert not there.shows_its_secret() and not list(there.images.glob("*copy*"))


def test_no_layer_is_laid_over_it_but_as_over_a_raw_one(there: Host) -> None:
    data = there.volume()
    there.write(data, there.header(backing=there.secret))
    with pytest.raises(HostError, match="begins as that of another format"):
        there.volume("layer", backing=data.outputs.name, format="qcow2", size=None)


def test_a_guest_can_not_have_its_volume_seem_of_another_size(there: Host) -> None:
    data = there.volume()
    there.write(data, there.header(size="1T"))
    assert (data.observed().inputs.size, data.observed().outputs.size, data.drift()) == (MiB, MiB, [])
    with pytest.raises(HostError, match="begins as that of another format"):
        data.change(size="2MiB", format="raw")
    there.write(data, bytes(512))
    data.change(size="2MiB", format="raw")
    assert file_of(there.lab, data).stat().st_size == 2 * MiB


def test_a_guest_can_not_keep_a_volume_of_others_from_being_deleted(there: Host) -> None:
    data, other = there.volume(), there.volume("other")
    there.write(data, there.header(backing=other.outputs.path))
    other.delete()
    assert not file_of(there.lab, other).exists()


@pytest.mark.parametrize(
    ("name", "device"), [("theirs.img", "disk"), ("theirs", "disk"), ("install.iso", "cdrom"), ("base.img", "image")]
)
def test_what_nobody_called_qcow2_is_read_as_such_only_where_it_stands_alone(
    there: Host, name: str, device: str
) -> None:
    there.volume()  # makes the pool
    disk = {"image": {"image": f"/var/lib/libvirt/images/{name}", "size": "2MiB"},
            "disk": {"volume": f"default/{name}"},
            "cdrom": {"image": f"/var/lib/libvirt/images/{name}", "device": "cdrom"}}[device]  # fmt: skip
    attacks = [
        there.header(backing=there.secret),
        there.header(backing='json:{"driver":"raw","file":{"driver":"file","filename":"/var/lib/libvirt/secret"}}'),
        with_data_file(there.header(), there.secret),
    ]
    for content in attacks:
        there.put(name, content)
        with pytest.raises((ImageError, HostError), match=r"layer over another file|keeps its data in another file"):
            there.machine("db", **disk)
        assert there.lab.api.listAllDomains() == []
    there.put(name, there.header())
    made = there.machine("db", **disk)
    assert made.drift() == []


def test_a_guest_can_not_make_its_machine_impossible_to_restore(there: Host, tmp_path: Path) -> None:
    from tests.integration.libvirt.test_rebuilding import _CLEAR, _UNSEAL

    from virtwright.providers.context import Context
    from virtwright.providers.exports.contract import Destination, Origin
    from virtwright.providers.exports.reading import ExportReader
    from virtwright.providers.exports.writing import ExportWriter

    machine = there.machine("db", size=MiB, format="raw")
    there.lab.api.lookupByName("shop_prod_db").destroy()
    disk = next(there.images.glob("shop_prod_db*.raw"))
    content = there.header(backing=there.secret, size="1T")
    with disk.open("r+b") as written:
        written.write(content)
    operations: Any = there.provider.operations("VirtualMachine")
    with (tmp_path / "db.machine").open("wb") as file, ExportWriter(file, _CLEAR) as writer:
        operations.export(machine.id, writer, Origin("shop/prod", "vms.db"), Context(), live=False)
    with ExportReader(tmp_path / "db.machine") as reader:
        assert reader.manifest.disks[0].capacity == MiB
        operations.rebuild(reader, Destination("shop/prod", _UNSEAL, name="twin", copy=True), Context())
    there.lab.api.lookupByName("twin").createWithFlags(1)
    assert there.secret not in there.open_files("twin")
    assert next(there.images.glob("twin*.raw")).read_bytes()[: len(content)] == content


def with_data_file(image: bytes, path: str) -> bytes:
    """A qcow2 image whose header says that its data is in another file (its name: a header extension)."""
    head = bytearray(image.ljust(64 * 1024, b"\0"))
    head[72:80] = (4).to_bytes(8, "big")
    extension = (
        (0x44415441).to_bytes(4, "big")
        + len(path).to_bytes(4, "big")
        + path.encode().ljust(-(-len(path) // 8) * 8, b"\0")
    )
    length = int.from_bytes(head[100:104], "big")
    head[length : length + len(extension)] = extension
    return bytes(head)
