"""Ways out through what a stack mounts into a container."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.escapes.outside import Outside
from tests.escapes.weakened.sandboxes import weakened_lab
from tests.sandbox_lab import SandboxLab
from virtwright.providers.namespace.sandbox.spec import MountPoint

pytestmark = pytest.mark.root


@pytest.fixture
def shared(host: Outside) -> Iterator[Path]:
    """A mount of the host as an init system makes them all: what is mounted below it is seen in every copy."""
    folder = host.folder / "shared"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
    subprocess.run(["mount", "--make-shared", folder], check=True)
    for name in ("inside", "outside"):
        (folder / name).mkdir()
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--recursive", folder], check=True)
        folder.rmdir()


def mounted_below(folder: Path) -> list[str]:
    lines = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [line for line in lines if line.startswith(f"{folder}/")]


def mount_from_both_sides(lab: SandboxLab, busybox: Path, shared: Path, privileged: bool) -> tuple[list[str], bool]:
    """What the host sees of a mount that was made inside, and whether one of the host's is seen inside."""
    rights: dict[str, Any] = {"privileged": True} if privileged else {"capabilities": ("CAP_SYS_ADMIN",)}
    points = (MountPoint(str(shared), "/volume"),)
    id = "privileged" if privileged else "admin"
    folder = lab.start(lab.spec("sleep", "600", id=id, layers=(str(busybox),), mounts=points, **rights))
    assert lab.enter(folder, "mount", "-t", "tmpfs", "none", "/volume/inside") == 0
    seen = mounted_below(shared)
    subprocess.run(["mount", "-t", "tmpfs", "none", shared / "outside"], check=True)
    return seen, lab.enter(folder, "grep", "-q", "/volume/outside", "/proc/self/mountinfo") == 0


@pytest.mark.parametrize("privileged", [False, True], ids=["CAP_SYS_ADMIN", "privileged"])
def test_mounts_in_a_volume_do_not_spread(sandboxes: SandboxLab, busybox: Path, shared: Path, privileged: bool) -> None:
    assert mount_from_both_sides(sandboxes, busybox, shared, privileged) == ([], False)


def test_mounts_in_a_volume_spread_where_the_copy_stays_a_peer(host: Outside, busybox: Path, shared: Path) -> None:
    with weakened_lab(host, ["private volumes"]) as lab, contextlib.closing(lab):
        assert mount_from_both_sides(lab, busybox, shared, False) == ([f"{shared}/inside"], True)
