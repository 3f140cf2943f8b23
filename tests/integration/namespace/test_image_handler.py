"""Images of every kind of source, unpacked for real, and what a plan sees of them."""

import gzip
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from backports import zstd
from tests import image_archives as make
from tests.container_lab import ContainerLab, container_lab

from virtwright.errors import InputError, UnsupportedError
from virtwright.providers.diff import Impact

pytestmark = pytest.mark.root

LAYERS = [
    make.tar([make.folder("etc"), make.entry("etc/one", b"1"), make.entry("etc/two", b"2"), make.entry("top", b"t")]),
    make.tar([make.entry("etc/.wh.one"), make.entry("etc/three", b"3")]),
]
CONFIG = {
    "Env": ["PATH=/bin", "GREETING=hello"],
    "Cmd": ["serve"],
    "Entrypoint": ["/bin/run"],
    "User": "nobody",
    "WorkingDir": "/srv",
    "ExposedPorts": {"80/tcp": {}},
    "StopSignal": "2",
    "Healthcheck": {"Test": ["CMD-SHELL", "true"], "Interval": 2_000_000_000},
}


@pytest.fixture
def lab() -> Iterator[ContainerLab]:
    with container_lab() as lab:
        yield lab


def archive(path: Path, data: bytes) -> dict[str, object]:
    path.write_bytes(data)
    return {"source": {"archive": str(path)}}


def rootfs(lab: ContainerLab, digest: str) -> dict[str, bytes]:
    root = lab.root.kind_folder("Image") / digest.removeprefix("sha256:") / "rootfs"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("form", ["plain", "gzip", "zstd", "layout", "docker", "docker.gz"])
def test_layers_are_laid_over_one_another(lab: ContainerLab, tmp_path: Path, form: str) -> None:
    pack = {"gzip": gzip.compress, "zstd": zstd.compress}.get(form, bytes)
    files = make.oci_files(LAYERS, CONFIG, pack=pack)
    if form == "layout":
        inputs: dict[str, object] = {"source": {"archive": str(make.write_files(tmp_path / "layout", files))}}
    elif form.startswith("docker"):
        whole = make.docker_archive(LAYERS, CONFIG)
        inputs = archive(tmp_path / "i.tar", gzip.compress(whole) if form.endswith("gz") else whole)
    else:
        inputs = archive(tmp_path / "i.tar", make.oci_archive(files))
    made = lab.create("Image", "base", **inputs)
    assert rootfs(lab, made.digest) == {"etc/two": b"2", "etc/three": b"3", "top": b"t"}
    assert made.reference == made.digest
    assert lab.changes("Image", made.id, **inputs) == []
    from virtwright.providers.namespace.images.store import ImageStore

    stored = ImageStore(lab.root).find(made.digest.removeprefix("sha256:"))
    assert stored is not None
    config = stored.config
    assert config.environment() == {"PATH": "/bin", "GREETING": "hello"}
    assert (config.command, config.entrypoint) == (["serve"], ["/bin/run"])
    assert (config.user, config.working_dir, config.stop_signal) == ("nobody", "/srv", "SIGINT")
    assert config.exposed_ports == ["80/tcp"]
    assert config.healthcheck and config.healthcheck.command() == ["/bin/sh", "-c", "true"]


def test_a_folder_and_a_tar_of_a_root_file_system(lab: ContainerLab, tmp_path: Path) -> None:
    folder = make.write_files(tmp_path / "root", {"bin/tool": b"x", "etc/conf": b"y"})
    (folder / "bin/tool").chmod(0o4755)
    (folder / "link").symlink_to("/etc/conf")
    (folder / "hard").hardlink_to(folder / "etc/conf")
    from_folder = lab.create("Image", "folder", source={"archive": str(folder)})
    found = lab.root.kind_folder("Image") / from_folder.digest.removeprefix("sha256:") / "rootfs"
    assert (found / "bin/tool").stat().st_mode & 0o7777 == 0o4755
    assert str((found / "link").readlink()) == "/etc/conf"
    assert (found / "hard").samefile(found / "etc/conf")
    inputs = archive(tmp_path / "r.tar.gz", gzip.compress(make.tar([make.entry("a", b"1"), make.entry(".wh.b", b"2")])))
    from_tar = lab.create("Image", "tar", **inputs)
    assert rootfs(lab, from_tar.digest) == {"a": b"1", ".wh.b": b"2"}
    assert lab.changes("Image", from_folder.id, source={"archive": str(folder)}) == []


def test_a_changed_archive_is_another_image(lab: ContainerLab, tmp_path: Path) -> None:
    path = tmp_path / "i.tar"
    made = lab.create("Image", "base", **archive(path, make.tar([make.entry("a", b"1")])))
    (change,) = lab.changes("Image", made.id, **archive(path, make.tar([make.entry("a", b"2")])))
    assert (change.field, change.impact) == ("source.sha256", Impact.RECREATE)
    moved = archive(tmp_path / "j.tar", make.tar([make.entry("a", b"1")]))
    (change,) = lab.changes("Image", made.id, **moved)
    assert (change.field, change.impact) == ("source.archive", Impact.LIVE)


def test_a_touched_folder_is_the_same_image(lab: ContainerLab, tmp_path: Path) -> None:
    folder = make.write_files(tmp_path / "root", {"a": b"1"})
    made = lab.create("Image", "base", source={"archive": str(folder)})
    (folder / "a").write_bytes(b"1")
    assert lab.changes("Image", made.id, source={"archive": str(folder)}) == []


def test_removed_files_are_drift_and_come_back(lab: ContainerLab, tmp_path: Path) -> None:
    inputs = archive(tmp_path / "i.tar", make.tar([make.entry("a", b"1")]))
    made = lab.create("Image", "base", **inputs)
    shutil.rmtree(lab.root.kind_folder("Image") / made.digest.removeprefix("sha256:"))
    (change,) = lab.changes("Image", made.id, **inputs)
    assert (change.field, change.prior) == ("state", "removed")
    lab.update("Image", "base", made.id, **inputs)
    assert lab.changes("Image", made.id, **inputs) == []
    assert rootfs(lab, made.digest) == {"a": b"1"}


def test_two_images_share_the_files_until_the_last_is_deleted(lab: ContainerLab, tmp_path: Path) -> None:
    inputs = archive(tmp_path / "i.tar", make.tar([make.entry("a", b"1")]))
    one, two = lab.create("Image", "one", **inputs), lab.create("Image", "two", **inputs)
    folder = lab.root.kind_folder("Image") / one.digest.removeprefix("sha256:")
    lab.delete("Image", one.id)
    assert folder.is_dir()
    lab.delete("Image", two.id)
    assert not folder.exists()
    lab.delete("Image", two.id)
    assert list(lab.root.kind_folder("Image").iterdir()) == []


def test_a_refused_archive_leaves_nothing(lab: ContainerLab, tmp_path: Path) -> None:
    inputs = archive(tmp_path / "i.tar", make.tar([make.entry("a", b"1"), make.entry("../b", b"evil")]))
    with pytest.raises(InputError, match=r"'\.\./b'") as caught:
        lab.create("Image", "base", **inputs)
    assert caught.value.where.file == str(tmp_path / "i.tar")
    assert list(lab.root.kind_folder("Image").iterdir()) == []
    assert lab.left() == []


def test_many_at_once_unpack_once(lab: ContainerLab, tmp_path: Path) -> None:
    inputs = archive(tmp_path / "i.tar", make.tar([make.entry(f"f{number}", b"x" * 1000) for number in range(300)]))
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: lab.create("Image", f"i{number}", **inputs), range(8)))
    assert len({each.digest for each in made}) == 1
    assert len(rootfs(lab, made[0].digest)) == 300
    assert lab.messages.count("unpacking the root file system") == 1


def test_a_wrong_checksum_is_refused_before_anything_is_touched(lab: ContainerLab, tmp_path: Path) -> None:
    path = tmp_path / "i.tar"
    path.write_bytes(make.tar([make.entry("a", b"1")]))
    with pytest.raises(InputError, match="should be 0000"):
        lab.checked("Image", source={"archive": str(path), "sha256": "0" * 64})
    with pytest.raises(InputError, match="can't be read"):
        lab.checked("Image", source={"archive": str(tmp_path / "missing.tar")})


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"source": "nginx:1.27"}, "source.registry"),
        ({"source": {"file": "disk.qcow2"}}, "source.file"),
        ({"source": {"build": {"context": "."}}}, "source.build"),
        ({"source": {"archive": "/x"}, "format": "qcow2"}, "format"),
        ({"source": {"archive": "/x"}, "pool": "p"}, "pool"),
        ({"source": {"archive": "/x"}, "platform": "linux/arm64"}, "platform"),
        ({"source": {"archive": "/x"}, "tags": ["a"]}, "tags"),
    ],
)
def test_what_it_can_not_do_says_what_to_use_instead(lab: ContainerLab, inputs: dict[str, object], path: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        lab.checked("Image", **inputs)
    assert caught.value.where.path == path
    assert caught.value.hint
