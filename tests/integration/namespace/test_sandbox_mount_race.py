"""A place to mount on that somebody moves meanwhile."""

import ctypes
import threading
from pathlib import Path

import pytest
from tests.sandbox_lab import SandboxLab

from virtwright.errors import HostError
from virtwright.providers.namespace.sandbox.spec import MountPoint

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
