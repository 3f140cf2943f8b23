"""Images from archives and folders: the same content is the same image, and no name is moved."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import image_archives as make
from tests.docker_lab import DockerLab
from tests.integration.docker.image_stage import ImageStage, image_stage, write_rootfs

from virtwright.errors import HostError, InputError, VirtwrightError

pytestmark = pytest.mark.root
CONFIG = {"Cmd": ["/bin/busybox", "true"], "Env": ["A=1"]}


@pytest.fixture
def stage(docker_lab: DockerLab) -> Iterator[ImageStage]:
    with image_stage(docker_lab) as stage:
        yield stage


def _layers() -> list[bytes]:
    return [make.tar(make.busybox_entries()), make.tar([make.entry("etc/release", b"one")])]


def test_a_docker_archive_keeps_the_user_s_names(stage: ImageStage, tmp_path: Path) -> None:
    """``docker load`` would give ``test:latest`` to the image of the archive."""
    theirs = stage.lab.import_image("test:latest")
    archive = tmp_path / "image.tar"
    archive.write_bytes(make.docker_archive(_layers(), CONFIG))
    made = stage.create("web", source={"archive": str(archive)})
    assert stage.lab.api.inspect_image("test:latest")["Id"] == theirs
    assert made.reference == made.digest != theirs
    inspected = stage.lab.api.inspect_image(made.reference)
    assert (inspected["Config"]["Cmd"], inspected["Config"]["Env"]) == (CONFIG["Cmd"], CONFIG["Env"])
    assert stage.seen(made.id).outputs == made
    stage.delete(made.id)
    assert list(stage.images()) == [theirs]
    assert stage.create("web", source={"archive": str(archive)}).reference == made.reference


def test_packed_oci_and_folders(stage: ImageStage, tmp_path: Path) -> None:
    packed = tmp_path / "packed.tar.gz"
    packed.write_bytes(gzip.compress(make.docker_archive(_layers(), CONFIG)))
    layout = tmp_path / "oci.tar"
    layout.write_bytes(make.oci_archive(make.oci_files(_layers(), CONFIG)))
    first = stage.create("packed", source={"archive": str(packed)}, tags=["shop/web:1", "shop/web:old"])
    second = stage.create("oci", source={"archive": str(layout)}, tags=["shop/web:1"])
    assert first.reference == second.reference, "the same configuration and layers are the same image"
    stage.delete(first.id)
    assert stage.images() == {second.reference: {"shop/web:1"}}, "the name that both have stays"
    stage.delete(second.id)
    assert stage.images() == {}


def test_root_file_systems(stage: ImageStage, tmp_path: Path) -> None:
    folder = write_rootfs(tmp_path / "root", release="one")
    (folder / "release").chmod(0o640)
    plain, packed = tmp_path / "root.tar", tmp_path / "root.tar.gz"
    plain.write_bytes(make.tar(make.busybox_entries()))
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    made = [stage.create(path.stem, source={"archive": str(path)}) for path in (folder, plain)]
    again = stage.create("again", source={"archive": str(packed)}, format="rootfs")
    assert again.reference == made[1].reference
    told = stage.lab.api.create_container(made[0].reference, ["/bin/busybox", "stat", "-c", "%a", "/release"])
    stage.lab.api.start(told["Id"])
    stage.lab.api.wait(told["Id"])
    assert stage.lab.api.logs(told["Id"]) == b"640\n"
    stage.lab.api.remove_container(told["Id"])
    for each in (*made, again):
        stage.delete(each.id)
    assert stage.images() == {}


def test_a_changed_archive_is_another_image(stage: ImageStage, tmp_path: Path) -> None:
    folder = write_rootfs(tmp_path / "root", release="one")
    before = stage.checked({"source": {"archive": str(folder)}})
    assert not stage.handler.diff(before, stage.checked({"source": {"archive": str(folder)}}))
    (folder / "release").write_text("two")
    diff = stage.handler.diff(before, stage.checked({"source": {"archive": str(folder)}}))
    assert [change.field for change in diff.changes] == ["source.sha256"]
    assert (diff.replaces, diff.delete_before_create) == (True, False)
    with pytest.raises(InputError, match="changed since it was checked"):
        stage.handler.create(stage.stamp("late"), before, stage.context)
    assert stage.observed() == []


@pytest.mark.parametrize("cut", [0, 100, 20_000])
def test_damaged_archives(stage: ImageStage, tmp_path: Path, cut: int) -> None:
    archive = tmp_path / "image.tar"
    archive.write_bytes(make.docker_archive(_layers(), CONFIG)[:cut])
    with pytest.raises(VirtwrightError, match=r"damaged|cut short|no tar|empty|refused it: unexpected EOF"):
        stage.create("web", source={"archive": str(archive)})
    assert (stage.images(), stage.observed()) == ({}, [])


def test_a_layer_that_is_not_what_its_digest_says(stage: ImageStage, tmp_path: Path) -> None:
    """With new content, as the daemon takes a layer that it has without looking at it."""
    layer = make.tar([make.entry("etc/new", b"n" * 3000)])
    files = make.oci_files([layer], CONFIG, pack=bytes, media="application/vnd.oci.image.layer.v1.tar")
    name = next(name for name, data in files.items() if data == layer)
    files[name] = layer[:600] + b"X" + layer[601:]
    folder = make.write_files(tmp_path / "layout", files)
    with pytest.raises(InputError, match="does not match its digest"):
        stage.create("web", source={"archive": str(folder)})
    assert (stage.images(), stage.observed()) == ({}, [])


def test_missing_and_unreadable(stage: ImageStage, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read"):
        stage.checked({"source": {"archive": str(tmp_path / "nothing.tar")}})
    (tmp_path / "a.tar").write_bytes(b"a")
    with pytest.raises(InputError, match=r"sha256 is .* and should be"):
        stage.checked({"source": {"archive": str(tmp_path / "a.tar"), "sha256": "0" * 64}})


def test_what_somebody_else_made_is_taken_over(stage: ImageStage, tmp_path: Path) -> None:
    id = stage.lab.import_image("theirs:1")
    mine = stage.create("mine", source={"archive": str(write_rootfs(tmp_path / "root"))})
    [found] = [each for each in stage.handler.find(None) if each.id == id]
    assert (found.name, found.stamp, found.inputs.source.registry) == ("theirs:1", None, "theirs:1")
    assert mine.reference not in [each.id for each in stage.handler.find(None)]
    assert [each.id for each in stage.handler.find(["docker.io/library/theirs:1", "nothing:1"])] == [id]
    goal = stage.checked({"source": "theirs:1", "tags": ["ours:1"]})
    stage.handler.update(id, stage.stamp("theirs"), stage.checked({"source": "theirs:1"}), goal, stage.context)
    assert stage.images()[id] == {"theirs:1", "ours:1"}
    user = stage.lab.api.create_container("theirs:1", ["true"])["Id"]
    with pytest.raises(HostError, match="in use"):
        stage.delete(id)
    stage.lab.api.remove_container(user)
    stage.delete(id)
    stage.delete(id)
    assert list(stage.images()) == [mine.reference]
