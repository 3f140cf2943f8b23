"""A place to mount on that somebody moves meanwhile."""

import ctypes
import threading
from pathlib import Path

import pytest
from tests.sandbox_lab import SandboxLab

from virtwright.errors import HostError
from virtwright.providers.namespace.inside import write_file
from virtwright.providers.namespace.sandbox.spec import FileContent, MountPoint

pytestmark = pytest.mark.root


def test_nobody_moves_a_mount_elsewhere_while_it_is_made_cve_2021_30465(sandboxes: SandboxLab, tmp_path: Path) -> None:
    """Two containers share a volume; one of them swaps a folder for a link while the other mounts something on it."""
    shared, inner = tmp_path / "shared", tmp_path / "inner"
    (shared / "x/sys").mkdir(parents=True)
    (shared / "link").symlink_to("/proc")
    inner.mkdir()
    done = threading.Event()
    swapping = threading.Thread(target=_swap, args=(shared / "x", shared / "link", done))
    swapping.start()
    points = (MountPoint(str(shared), "/shared"), MountPoint(str(inner), "/shared/x/sys"))
    try:
        for number in range(25):
            try:
                folder = sandboxes.start(
                    sandboxes.spec("test", "-e", "/proc/sys/kernel", id=f"c{number}", mounts=points)
                )
            except HostError as error:
                assert "mount" in str(error)
                continue
            assert sandboxes.until(folder, lambda now: now.state == "exited").exit_status == 0
    finally:
        done.set()
        swapping.join()


def _swap(one: Path, other: Path, done: threading.Event) -> None:
    renameat2, exchange, here = ctypes.CDLL(None).renameat2, 2, -100
    while not done.is_set():
        renameat2(here, bytes(one), here, bytes(other), exchange)


@pytest.mark.parametrize("target", ["/etc", "../etc", "../../etc", "/proc"])
def test_a_link_on_a_volume_leads_no_mount_and_no_file_off_the_volume(
    sandboxes: SandboxLab, tmp_path: Path, target: str
) -> None:
    """Whoever shares the volume has put it there before."""
    shared, inner = tmp_path / "shared", tmp_path / "inner"
    shared.mkdir()
    inner.mkdir()
    (shared / "sub").symlink_to(target)
    volume = MountPoint(str(shared), "/v")
    with pytest.raises(HostError, match="mount on /v/sub"):
        sandboxes.start(sandboxes.spec("true", mounts=(volume, MountPoint(str(inner), "/v/sub/x"))))
    file = FileContent("/v/sub/f", "secret", 0o600)
    with pytest.raises(HostError, match="link on a volume that leads elsewhere"):
        sandboxes.start(sandboxes.spec("true", id="two", mounts=(volume,), files=(file,)))
    running = sandboxes.start(sandboxes.spec("sleep", "600", id="three", mounts=(volume,)))
    with pytest.raises(HostError, match="link on a volume that leads elsewhere"):
        write_file(running, file)
    assert [each.name for each in shared.iterdir()] == ["sub"]


def test_links_of_an_image_and_within_a_volume_are_followed(sandboxes: SandboxLab, tmp_path: Path) -> None:
    shared, inner = tmp_path / "shared", tmp_path / "inner"
    (shared / "releases/1").mkdir(parents=True)
    (shared / "current").symlink_to("releases/1")
    inner.mkdir()
    layer = tmp_path / "layer"
    layer.mkdir()
    (layer / "data").symlink_to("v/current")
    spec = sandboxes.spec(
        "sh",
        "-c",
        "cat /v/releases/1/f && grep -c /v/releases/1/x /proc/self/mountinfo",
        layers=(str(sandboxes.busybox), str(layer)),
        mounts=(MountPoint(str(shared), "/v"), MountPoint(str(inner), "/data/x")),
        files=(FileContent("/data/f", "hi\n", 0o644),),
    )
    folder = sandboxes.start(spec)
    sandboxes.until(folder, lambda now: not now.alive)
    assert sandboxes.text(folder) == "hi\n1"


def test_a_file_that_can_not_be_put_leaves_nothing(sandboxes: SandboxLab, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    (shared / "f/kept").mkdir(parents=True)
    folder = sandboxes.start(sandboxes.spec("sleep", "600", mounts=(MountPoint(str(shared), "/v"),)))
    with pytest.raises(HostError):
        write_file(folder, FileContent("/v/f", "x", 0o600))
    assert [each.name for each in shared.iterdir()] == ["f"]
