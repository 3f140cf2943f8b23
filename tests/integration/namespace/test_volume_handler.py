"""Volumes on the real kernel: limits that hold, growth, contents, and what a copy or a reboot does to them."""

import errno
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.namespace_lab import Lab, stamp

from virtwright.errors import HostError
from virtwright.process import run
from virtwright.providers.base import Observed
from virtwright.providers.context import Context
from virtwright.providers.diff import Impact
from virtwright.providers.namespace.mounts import unmount
from virtwright.providers.namespace.records import Record
from virtwright.providers.namespace.volumes import filesystem
from virtwright.providers.namespace.volumes.filesystem import loop_device
from virtwright.providers.namespace.volumes.handler import VolumeHandler
from virtwright.providers.namespace.volumes.use import volume_path
from virtwright.schemas.model import to_properties
from virtwright.schemas.volume import Volume, VolumeOutputs

pytestmark = pytest.mark.root
MIB = 1024**2


def make(lab: Lab, name: str, **fields: object) -> VolumeOutputs:
    handler = VolumeHandler(lab.root)
    return handler.create(stamp("Volume", name), handler.check(Volume.model_validate(fields)), Context())


def seen(lab: Lab) -> list[Observed[Volume, VolumeOutputs]]:
    return list(VolumeHandler(lab.root).observe("shop/shop"))


def data(outputs: VolumeOutputs) -> Path:
    assert outputs.path is not None
    return Path(outputs.path)


def fill(path: Path) -> int:
    """Write until it is full; returns the bytes that fitted."""
    written = 0
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                written += file.write(b"\1" * MIB)
        except OSError as error:
            assert error.errno == errno.ENOSPC
    return written


def use(lab: Lab, volume: str) -> Record:
    inputs = {"volumes": [{"volume": volume, "mount": "/data"}]}
    record = Record.new("Container", stamp("Container", "user"), inputs)
    with lab.root.lock():
        lab.records.create(record, Context())
    return record


def test_a_volume_without_a_size_is_a_folder(lab: Lab) -> None:
    outputs = make(lab, "data")
    assert outputs.name == "shop-data"
    assert volume_path(lab.root, "shop-data") == data(outputs)
    (data(outputs) / "kept").write_text("yes")
    assert [(item.inputs, item.drift) for item in seen(lab)] == [(Volume(), ())]
    VolumeHandler(lab.root).delete(outputs.id, Context())
    assert not data(outputs).parent.exists()
    VolumeHandler(lab.root).delete(outputs.id, Context())


def test_the_limit_holds_and_the_space_is_taken_as_it_is_used(lab: Lab) -> None:
    outputs = make(lab, "data", size="16MiB")
    disk = data(outputs).parent / "disk.ext4"
    assert list(data(outputs).iterdir()) == []
    assert disk.stat().st_blocks * 512 < 8 * MIB
    assert 8 * MIB < fill(data(outputs) / "big") < 16 * MIB
    assert [(item.inputs.size, item.drift) for item in seen(lab)] == [(16 * MIB, ())]


def test_all_space_is_taken_at_once_where_asked(lab: Lab) -> None:
    outputs = make(lab, "data", size="16MiB", allocation="full")
    assert (data(outputs).parent / "disk.ext4").stat().st_blocks * 512 >= 16 * MIB
    (mount,) = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if f" {data(outputs)} " in line]
    assert "noinit_itable" in mount, "the kernel would give a part of it back, seconds later"


def test_it_grows_and_keeps_what_is_in_it(lab: Lab) -> None:
    outputs = make(lab, "data", size="16MiB")
    (data(outputs) / "kept").write_text("yes")
    handler = VolumeHandler(lab.root)
    old, new = Volume(size=16 * MIB), Volume(size=64 * MIB)
    assert handler.diff(old, new).impact == Impact.LIVE

    second = stamp("Volume", "data", "second")
    grown = handler.update(outputs.id, second, old, new, Context())

    assert grown.size == 64 * MIB
    assert (data(grown) / "kept").read_text() == "yes"
    assert fill(data(grown) / "big") > 40 * MIB
    assert [(item.inputs.size, item.drift, item.stamp) for item in seen(lab)] == [(64 * MIB, (), second)]


@pytest.mark.parametrize(
    ("prior", "goal", "impact"),
    [
        ({"size": 64 * MIB}, {"size": 16 * MIB}, Impact.DATA_LOSS),
        ({"size": 64 * MIB}, {}, Impact.DATA_LOSS),
        ({}, {"size": 64 * MIB}, Impact.DATA_LOSS),
        ({}, {"labels": {"a": "b"}}, Impact.LIVE),
        ({"source": {"content": "/a"}}, {"source": {"content": "/b"}}, Impact.DATA_LOSS),
        ({"size": 64 * MIB}, {"size": 64 * MIB, "allocation": "full"}, Impact.LIVE),
    ],
)
def test_what_a_change_costs(lab: Lab, prior: dict[str, object], goal: dict[str, object], impact: Impact) -> None:
    found = VolumeHandler(lab.root).diff(Volume.model_validate(prior), Volume.model_validate(goal))
    assert found.impact == impact


def test_after_a_reboot_it_is_seen_as_not_mounted_and_mounted_again(lab: Lab) -> None:
    outputs = make(lab, "data", size="16MiB")
    (data(outputs) / "kept").write_text("yes")
    unmount(data(outputs))

    (item,) = seen(lab)
    assert [(change.field, change.goal, change.impact) for change in item.drift] == [("mounted", True, Impact.LIVE)]
    VolumeHandler(lab.root).update(outputs.id, item.stamp, item.inputs, item.inputs, Context())
    assert [again.drift for again in seen(lab)] == [()]
    assert (volume_path(lab.root, outputs.name) / "kept").read_text() == "yes"


def test_a_container_that_needs_it_mounts_it(lab: Lab) -> None:
    outputs = make(lab, "data", size="16MiB")
    (data(outputs) / "kept").write_text("yes")
    unmount(data(outputs))
    assert (volume_path(lab.root, outputs.name) / "kept").exists()


def test_lost_data_is_called_lost(lab: Lab) -> None:
    outputs = make(lab, "data")
    data(outputs).rmdir()
    (item,) = seen(lab)
    assert [(change.field, change.impact) for change in item.drift] == [("data", Impact.DATA_LOSS)]
    with pytest.raises(HostError, match="the data of the volume shop-data is gone"):
        volume_path(lab.root, "shop-data")


def test_a_damaged_file_system_is_called_lost(lab: Lab) -> None:
    outputs = make(lab, "data", size="16MiB")
    unmount(data(outputs))
    (data(outputs).parent / "disk.ext4").write_bytes(bytes(16 * MIB))
    (item,) = seen(lab)
    assert [(change.field, change.prior, change.impact) for change in item.drift] == [
        ("data", "damaged", Impact.DATA_LOSS)
    ]


def test_content_is_copied_once_and_links_are_not_followed(lab: Lab, tmp_path: Path) -> None:
    content, outside = tmp_path / "content", tmp_path / "outside"
    (content / "folder").mkdir(parents=True)
    outside.mkdir()
    (outside / "private").write_text("private")
    (content / "folder" / "file").write_text("hello")
    (content / "folder" / "file").chmod(0o640)
    (content / "link").symlink_to(outside)
    outputs = make(lab, "data", size="16MiB", source={"content": str(content)})
    assert (data(outputs) / "folder" / "file").read_text() == "hello"
    assert (data(outputs) / "folder" / "file").stat().st_mode & 0o777 == 0o640
    assert (data(outputs) / "link").is_symlink()
    assert (outside / "private").read_text() == "private"


def test_content_that_is_no_file_or_does_not_fit_leaves_nothing(lab: Lab, tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    os.mkfifo(content / "pipe")
    with pytest.raises(HostError, match=r"content/pipe is no file, folder or link"):
        make(lab, "data", source={"content": str(content)})
    (content / "pipe").unlink()
    (content / "big").write_bytes(os.urandom(20 * MIB))
    with pytest.raises(HostError, match="No space left"):
        make(lab, "data", size="16MiB", source={"content": str(content)})
    with pytest.raises(HostError, match=r"there is no folder \S+/nowhere"):
        make(lab, "data", source={"content": str(tmp_path / "nowhere")})
    assert lab.records.list("Volume") == []
    assert list((lab.root.path / "volumes").iterdir()) == []


def test_a_clone_holds_what_the_first_held(lab: Lab) -> None:
    first = make(lab, "first", size="16MiB")
    (data(first) / "kept").write_text("yes")
    second = make(lab, "second", source={"clone": first.name})
    (data(first) / "kept").write_text("changed")
    assert (data(second) / "kept").read_text() == "yes"


def test_what_is_in_use_is_not_deleted_and_not_copied(lab: Lab) -> None:
    outputs = make(lab, "data")
    use(lab, outputs.name)
    with pytest.raises(HostError, match="shop-data is in use by the Container shop-user"):
        VolumeHandler(lab.root).delete(outputs.id, Context())
    with pytest.raises(HostError, match="in use by the Container shop-user, so a copy might be torn"):
        make(lab, "copy", source={"clone": outputs.name})
    assert data(outputs).is_dir()
    assert [record.name for record in lab.records.list("Volume")] == ["shop-data"]


def test_deleting_leaves_no_loop_device(lab: Lab) -> None:
    outputs = make(lab, "data", size="16MiB")
    disk = data(outputs).parent / "disk.ext4"
    assert loop_device(disk)
    VolumeHandler(lab.root).delete(outputs.id, Context())
    assert loop_device(disk) is None
    assert list((lab.root.path / "volumes").iterdir()) == []


def test_who_holds_a_copy_of_its_mount_is_named(lab: Lab) -> None:
    """A program with a mount namespace of its own, made while the volume was mounted: the delete fails and says so."""
    made = make(lab, "held", size=16 * MIB)
    holder = subprocess.Popen(["unshare", "--mount", "sh", "-c", "echo in; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    try:
        assert holder.stdout and holder.stdout.readline() == b"in\n"
        with pytest.raises(HostError, match=rf"still in use on /dev/loop\d+, mounted by process {holder.pid} \(cat\)"):
            VolumeHandler(lab.root).delete(made.id, Context())
        assert data(made).is_mount()
    finally:
        holder.communicate()
    VolumeHandler(lab.root).delete(made.id, Context())


def test_why_what_is_in_use_does_not_grow_is_told(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the kernel refuses it, which it does to whom lacks CAP_SYS_RESOURCE."""
    monkeypatch.setattr(filesystem, "_grow_mounted", lambda disk: False)
    made = make(lab, "held", size=16 * MIB)
    holder = subprocess.Popen(["unshare", "--mount", "sh", "-c", "echo in; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    old, new = Volume(size=16 * MIB), Volume(size=32 * MIB)
    try:
        assert holder.stdout and holder.stdout.readline() == b"in\n"
        with pytest.raises(
            HostError, match=r"could not grow while it is in use .* still in use on /dev/loop\d+"
        ) as caught:
            VolumeHandler(lab.root).update(made.id, stamp("Volume", "held", "second"), old, new, Context())
        assert "stop the containers and machines that use the volume" in (caught.value.hint or "")
        assert data(made).is_mount()
    finally:
        holder.communicate()
    grown = VolumeHandler(lab.root).update(made.id, stamp("Volume", "held", "third"), old, new, Context())
    assert grown.size == 32 * MIB


def test_loop_devices_made_of_its_files_are_let_go(lab: Lab) -> None:
    """A machine may have made and left them."""
    made = make(lab, "nested", size=16 * MIB)
    (data(made) / "inner").write_bytes(bytes(MIB))
    device = run(["losetup", "--find", "--show", str(data(made) / "inner")]).stdout.strip()
    VolumeHandler(lab.root).delete(made.id, Context())
    assert "inner" not in run(["losetup", "--noheadings", "--output", "BACK-FILE", device], check=False).stdout


def test_an_interrupted_creation_is_seen_and_the_same_operation_finishes_it(lab: Lab) -> None:
    inputs = Volume(size=16 * MIB)
    record = Record.new("Volume", stamp("Volume", "data"), to_properties(inputs))
    with lab.root.lock():
        lab.records.create(record, Context())
    (lab.root.folder("Volume", record.id) / "disk.ext4").write_bytes(b"half a file system")
    assert [item.complete for item in seen(lab)] == [False]
    make(lab, "data", size="16MiB")
    assert [(item.complete, item.drift) for item in seen(lab)] == [(True, ())]


def test_a_copied_folder_is_a_stranger(lab: Lab) -> None:
    outputs = make(lab, "data")
    folder = data(outputs).parent
    shutil.copytree(folder, folder.parent / "0123456789ab")
    assert [item.id for item in seen(lab)] == [outputs.id]
    VolumeHandler(lab.root).delete("0123456789ab", Context())
