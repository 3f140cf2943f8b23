"""A limit of what a container's own layer holds: it holds, it grows, and nothing of it is left."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.container_lab import ContainerLab, container_lab
from tests.waiting import until

from virtwright.errors import InputError
from virtwright.process import run
from virtwright.providers.diff import Impact
from virtwright.providers.namespace import layer_disk, supervisor
from virtwright.providers.namespace.mounts import mounts_below, unmount
from virtwright.providers.namespace.volumes import filesystem

pytestmark = pytest.mark.root
MIB = 1024**2
SLEEP: dict[str, Any] = {"image": "host", "command": ["sleep", "1000"], "stop_timeout": "0s"}
MACHINE: dict[str, Any] = {"image": "host", "cpus": 1, "memory": "64MiB", "shutdown_timeout": "1s"}
KINDS = pytest.mark.parametrize(("kind", "inputs"), [("Container", SLEEP), ("VirtualMachine", MACHINE)])


@pytest.fixture
def lab() -> Iterator[ContainerLab]:
    with container_lab() as lab:
        yield lab
        lab.clear()
        until("nothing is left", lambda: remains(lab) == [])


def remains(lab: ContainerLab) -> list[str]:
    """Mounts, files and loop devices of layers."""
    root = lab.root.path
    mounted = [str(path) for path in mounts_below(root)]
    backing = []
    for file in Path("/sys/block").glob("loop*/loop/backing_file"):
        with suppress(OSError):
            backing.append(file.read_text().strip())
    return [*mounted, *(path for path in backing if path.startswith(str(root))), *map(str, root.rglob("*.ext4"))]


def limited(inputs: dict[str, Any], size: str) -> dict[str, Any]:
    return {**inputs, "namespace": {"disk_limit": size}}


def fill(lab: ContainerLab, kind: str, id: str, mebibytes: int) -> int:
    return lab.execute(kind, id, "sh", "-c", f"head -c {mebibytes}M /dev/zero >/var/tmp/fill")


@KINDS
def test_it_holds_and_then_a_plan_shows_no_changes(lab: ContainerLab, kind: str, inputs: dict[str, Any]) -> None:
    goal = limited(inputs, "32MiB")
    made = lab.create(kind, "web", **goal)
    assert lab.changes(kind, made.id, **goal) == []
    assert fill(lab, kind, made.id, 8) == 0
    assert fill(lab, kind, made.id, 64) != 0
    disk = lab.folder(kind, made.id) / layer_disk.DISK
    assert disk.stat().st_size == 32 * MIB
    assert disk.stat().st_blocks * 512 <= 33 * MIB
    assert lab.changes(kind, made.id, **goal) == []
    lab.delete(kind, made.id)
    assert remains(lab) == []


def test_without_it_there_is_no_such_file_system(lab: ContainerLab) -> None:
    made = lab.create("Container", "web", **SLEEP)
    assert fill(lab, "Container", made.id, 64) == 0
    assert remains(lab) == []


@KINDS
def test_it_grows_for_what_the_plan_said_and_keeps_what_is_in_it(
    lab: ContainerLab, kind: str, inputs: dict[str, Any]
) -> None:
    made = lab.create(kind, "web", **limited(inputs, "16MiB"))
    assert lab.execute(kind, made.id, "sh", "-c", "echo kept >/var/tmp/file") == 0
    before = supervisor.status(lab.folder(kind, made.id)).process
    goal = limited(inputs, "64MiB")
    (change,) = lab.changes(kind, made.id, **goal)
    assert (change.field, change.impact) == ("namespace.disk_limit", layer_disk.growth())
    lab.update(kind, "web", made.id, **goal)
    assert lab.changes(kind, made.id, **goal) == []
    assert fill(lab, kind, made.id, 40) == 0
    assert lab.execute(kind, made.id, "grep", "-q", "kept", "/var/tmp/file") == 0
    after = supervisor.status(lab.folder(kind, made.id)).process
    assert (after == before) == (change.impact is Impact.LIVE)


@pytest.mark.parametrize("grows_live", [True, False])
def test_what_each_change_costs(lab: ContainerLab, monkeypatch: pytest.MonkeyPatch, grows_live: bool) -> None:
    monkeypatch.setattr(layer_disk, "grows_live", lambda: grows_live)
    more = Impact.LIVE if grows_live else Impact.REBOOT
    for kind, inputs in (("Container", SLEEP), ("VirtualMachine", MACHINE)):
        for prior, goal, impact in (
            ({"disk_limit": "16MiB"}, {"disk_limit": "17MiB"}, more),
            ({"disk_limit": "17MiB"}, {"disk_limit": "16MiB"}, Impact.RECREATE),
            ({"disk_limit": "16MiB"}, {}, Impact.RECREATE),
            ({"disk_limit": "16MiB"}, None, Impact.RECREATE),
            (None, {"disk_limit": "16MiB"}, Impact.RECREATE),
            ({"host_folders": ["/opt/a"]}, {"host_folders": ["/opt/a"], "disk_limit": "16MiB"}, Impact.RECREATE),
        ):
            old, new = (lab.checked(kind, **inputs, namespace=block) for block in (prior, goal))
            assert lab.handler(kind).diff(old, new).impact == impact


def test_a_limit_below_what_a_file_system_needs_is_refused(lab: ContainerLab) -> None:
    with pytest.raises(InputError, match="at least 4MiB"):
        lab.checked("Container", **limited(SLEEP, "1MiB"))


@KINDS
def test_after_a_boot_it_is_mounted_again(lab: ContainerLab, kind: str, inputs: dict[str, Any]) -> None:
    goal = limited(inputs, "16MiB")
    made = lab.create(kind, "web", **goal)
    assert lab.execute(kind, made.id, "sh", "-c", "echo kept >/var/tmp/file") == 0
    folder = lab.folder(kind, made.id)
    supervisor.kill(folder)
    unmount(folder / "layer")
    lab.update(kind, "web", made.id, **goal)
    assert lab.execute(kind, made.id, "grep", "-q", "kept", "/var/tmp/file") == 0
    assert fill(lab, kind, made.id, 32) != 0
    assert lab.changes(kind, made.id, **goal) == []


def test_a_stopped_machine_grows_and_starts(lab: ContainerLab) -> None:
    stopped = MACHINE | {"power": "stopped"}
    made = lab.create("VirtualMachine", "db", **limited(stopped, "16MiB"))
    assert lab.changes("VirtualMachine", made.id, **limited(stopped, "16MiB")) == []  # no layer was needed yet
    lab.update("VirtualMachine", "db", made.id, **limited(MACHINE, "16MiB"))
    lab.update("VirtualMachine", "db", made.id, **limited(stopped, "32MiB"))
    assert lab.changes("VirtualMachine", made.id, **limited(stopped, "32MiB")) == []
    lab.update("VirtualMachine", "db", made.id, **limited(MACHINE, "32MiB"))
    assert fill(lab, "VirtualMachine", made.id, 20) == 0


def test_what_is_gone_or_damaged_shows_in_a_plan(lab: ContainerLab) -> None:
    goal = limited(SLEEP, "16MiB")
    made = lab.create("Container", "web", **goal)
    disk = lab.folder("Container", made.id) / layer_disk.DISK
    away = disk.with_name("away")
    disk.rename(away)
    (change,) = lab.changes("Container", made.id, **goal)
    assert (change.field, change.prior, change.impact) == ("namespace.disk_limit", None, Impact.RECREATE)
    away.rename(disk)
    assert lab.changes("Container", made.id, **goal) == []


def test_a_strangers_copy_of_the_mount_does_not_hold_up_a_deletion(lab: ContainerLab) -> None:
    made = lab.create("Container", "web", **limited(SLEEP, "16MiB"))
    stranger = subprocess.Popen(["unshare", "--mount", "--propagation", "private", "sleep", "1000"])
    try:
        mine = Path("/proc/self/ns/mnt").stat().st_ino
        while Path(f"/proc/{stranger.pid}/ns/mnt").stat().st_ino == mine:
            assert stranger.poll() is None
        lab.delete("Container", made.id)
        assert not lab.folder("Container", made.id).exists()
    finally:
        stranger.kill()
        stranger.wait()


def test_a_start_that_was_killed_in_the_middle_of_making_it_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".layer.ext4").write_bytes(b"half of it")
    layer_disk.prepare(tmp_path, 16 * MIB)
    assert filesystem.is_mounted(tmp_path / "layer")
    layer_disk.prepare(tmp_path, 16 * MIB)
    assert run(["findmnt", "-n", "-o", "FSTYPE", str(tmp_path / "layer")]).stdout.strip() == "ext4"
    layer_disk.remove(tmp_path)
    assert mounts_below(tmp_path) == []
    assert not list(tmp_path.glob("*.ext4"))
    layer_disk.remove(tmp_path)
