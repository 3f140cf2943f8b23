"""Volumes and images on a real host: what is in them, how they grow, what others can and can't do to them."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.integration.libvirt.handlers import STACK, Made
from tests.libvirt_lab import LibvirtLab

from virtwright.errors import HostError, UnsupportedError, VirtwrightError
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.libvirt.provider import LibvirtProvider

pytestmark = pytest.mark.root
MiB = 1024**2


def file_of(lab: LibvirtLab, volume: Made) -> Path:
    """The volume's file, as it is seen from here."""
    name: str = volume.outputs.name
    return lab.folder / "lib/images" / name.rpartition("/")[2]


def qemu_info(path: Path) -> dict[str, Any]:
    import json

    argv = ["qemu-img", "info", "-U", "--output=json", str(path)]
    return dict(json.loads(subprocess.run(argv, check=True, capture_output=True, timeout=120).stdout))


def sparse(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.truncate(size)
        file.seek(size // 2)
        file.write(b"middle")
    return path


def test_a_volume_of_a_running_machine_grows_live(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> None:
    data = Made(host, "Volume", "data", size="8MiB")
    machine = libvirt_lab.api.createXML(
        "<domain type='qemu'><name>user</name><memory>16384</memory><os><type>hvm</type></os><devices><disk type='file'>"
        f"<driver name='qemu' type='qcow2'/><source file='{data.outputs.path}'/><target dev='vda' bus='virtio'/></disk></devices></domain>",
        1,
    )
    with pytest.raises(HostError, match="in use by user"):
        data.delete()
    data.change(size="16MiB")
    assert machine.blockInfo("vda")[0] == 16 * MiB
    assert (data.outputs.size, data.observed().inputs.size) == (16 * MiB, 16 * MiB)
    machine.destroy()
    data.change(size="17MB")  # no whole number of sectors
    goal = data.inputs
    assert data.handler.diff(data.observed().inputs.model_copy(update={"allocation": "thin"}), goal).changes == ()
    data.delete()
    assert list(data.handler.observe(STACK)) == []


def test_holes_of_an_image_stay_holes(libvirt_lab: LibvirtLab, host: LibvirtProvider, tmp_path: Path) -> None:
    source = sparse(tmp_path / "disk.raw", 64 * MiB)
    base = Made(host, "Image", "base", source={"file": str(source)}, format="raw")
    sent = file_of(libvirt_lab, base)
    assert sent.read_bytes() == source.read_bytes()
    assert sent.stat().st_blocks * 512 < MiB
    assert base.outputs.reference == f"/var/lib/libvirt/images/{sent.name}"


def test_an_image_is_copied_on_the_host_where_it_is_there_already(
    libvirt_lab: LibvirtLab, host: LibvirtProvider, tmp_path: Path
) -> None:
    source = sparse(tmp_path / "disk.raw", MiB)
    first = Made(host, "Image", "first", source={"file": str(source)}, format="raw")
    second = Made(host, "Image", "second", source={"file": str(source)}, format="raw")
    assert file_of(libvirt_lab, second).read_bytes() == source.read_bytes()
    first.delete()
    assert file_of(libvirt_lab, second).exists()


def test_volumes_are_filled_from_images_and_volumes_in_any_format(
    libvirt_lab: LibvirtLab, host: LibvirtProvider, tmp_path: Path
) -> None:
    source = sparse(tmp_path / "disk.raw", MiB)
    base = Made(host, "Image", "base", source={"file": str(source)}, format="raw")
    root = Made(host, "Volume", "root", source={"image": base.outputs.reference}, size="3MiB")
    info = qemu_info(file_of(libvirt_lab, root))
    assert (info["format"], info["virtual-size"]) == ("qcow2", 3 * MiB)
    twin = Made(host, "Volume", "twin", source={"clone": root.outputs.name}, format="raw")
    assert file_of(libvirt_lab, twin).read_bytes()[:MiB] == source.read_bytes()
    layer = Made(host, "Volume", "layer", backing=base.outputs.reference)
    info = qemu_info(file_of(libvirt_lab, layer))
    assert (info["backing-filename"], info["backing-filename-format"]) == (base.outputs.reference, "raw")
    with pytest.raises(HostError, match="in use by default/shop_prod_layer") as used:
        base.delete()
    assert "    virsh vol-delete --pool default shop_prod_layer" in str(used.value.hint)
    with pytest.raises(HostError, match="does not fit"):
        Made(host, "Volume", "small", source={"clone": root.outputs.name}, size="1MiB")
    assert not list((libvirt_lab.folder / "lib/images").glob("*small*"))


def test_the_format_is_what_was_stated_whatever_a_guest_writes(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> None:
    """A header of qcow2 in a raw volume would make the host open a file that the guest names."""
    data = Made(host, "Volume", "data", size="1MiB", format="raw")
    evil = libvirt_lab.folder / "evil.qcow2"
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", "/etc/shadow", "-u", str(evil), "1M"], check=True
    )
    with file_of(libvirt_lab, data).open("r+b") as file:
        file.write(evil.read_bytes()[:4096])
    assert data.observed().inputs.format == "raw"


@pytest.mark.parametrize(
    ("stated", "make", "message"),
    [
        ("raw", ["-f", "qcow2", "{0}", "1M"], "is a qcow2 image"),
        ("qcow2", ["-f", "raw", "{0}", "1M"], "is no qcow2 image"),
        ("qcow2", ["-f", "qcow2", "-b", "/etc/shadow", "-F", "raw", "-u", "{0}", "1M"], "a layer over another file"),
        ("qcow2", ["-f", "qcow2", "-o", "data_file={0}.data", "{0}", "1M"], "keeps its data in another file"),
    ],
)
def test_an_image_that_is_not_what_was_stated_is_refused(
    host: LibvirtProvider, tmp_path: Path, stated: str, make: list[str], message: str
) -> None:
    path = tmp_path / "image"
    subprocess.run(["qemu-img", "create", "-q", *(word.format(path) for word in make)], check=True, timeout=120)
    with pytest.raises(ImageError, match=message):
        Made(host, "Image", "base", source={"file": str(path)}, format=stated)


def test_what_can_t_be_is_refused_before_anything_is_touched(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> None:
    for kind, inputs in (
        ("Volume", {}),
        ("Volume", {"size": "1MiB", "labels": {"a": "b"}}),
        ("Volume", {"size": "1MiB", "source": {"content": "/nowhere"}}),
        ("Volume", {"size": "4MiB", "format": "qcow2", "source": {"content": "/etc"}}),
        ("Image", {"source": "debian:13", "format": "raw"}),
        ("Image", {"source": {"file": "/etc/hostname"}}),
    ):
        with pytest.raises(VirtwrightError):
            Made(host, kind, "none", **inputs)
    with pytest.raises(UnsupportedError, match="labels"):
        Made(host, "Volume", "none", size="1MiB", labels={"a": "b"})
    assert libvirt_lab.api.listAllStoragePools() == []


def test_volumes_of_others_are_found_and_never_deleted_under_another_id(
    libvirt_lab: LibvirtLab, host: LibvirtProvider
) -> None:
    mine = Made(host, "Volume", "data", size="1MiB")
    pool = libvirt_lab.api.storagePoolLookupByName("default")
    pool.createXML(
        "<volume><name>theirs.img</name><capacity>1048576</capacity><target><format type='raw'/></target></volume>"
    )
    found = {each.name: each for each in mine.handler.find(None)}  # type: ignore[attr-defined]
    assert set(found) == {"default/theirs.img", mine.outputs.name}
    theirs = found["default/theirs.img"]
    assert (theirs.id, theirs.stamp, theirs.inputs.size, theirs.inputs.format) == (
        "default/theirs.img@-",
        None,
        MiB,
        "raw",
    )
    for id in ("default/theirs.img@0123456789ab", f"{mine.outputs.name}@-", f"{mine.outputs.name}@ba9876543210"):
        mine.handler.delete(id, _context())
    assert len(pool.listAllVolumes()) == 4
    assert host.stacks() == {STACK}


def test_a_file_that_libvirt_has_not_seen_yet_stays(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> None:
    theirs = file_of(libvirt_lab, Made(host, "Volume", "first", size="8MiB")).with_name("shop_prod_data.qcow2")
    theirs.write_bytes(b"a backup that was just put back")
    data = Made(host, "Volume", "data", size="8MiB")
    assert file_of(libvirt_lab, data) != theirs
    data.delete()
    assert theirs.read_bytes() == b"a backup that was just put back"


def test_a_pool_that_is_not_active_is_named(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> None:
    data = Made(host, "Volume", "data", size="1MiB")
    pool = libvirt_lab.api.storagePoolLookupByName("default")
    pool.destroy()
    with pytest.raises(HostError, match="default of the host is not active") as caught:
        data.observed()
    assert "virsh pool-start default" in str(caught.value.hint)
    pool.create()
    assert data.observed().complete


def test_a_full_allocation_takes_its_space(libvirt_lab: LibvirtLab, host: LibvirtProvider) -> None:
    data = Made(host, "Volume", "data", size="2MiB", format="raw", allocation="full")
    assert file_of(libvirt_lab, data).stat().st_blocks * 512 >= 2 * MiB


def _context() -> Any:
    from virtwright.providers.context import Context

    return Context()
