"""Machines that are hosts themselves: control groups and devices of their own, and nothing of theirs left afterwards."""

import os
import signal
from pathlib import Path

import pytest
from tests.sandbox_lab import SandboxLab

from virtwright.process import run
from virtwright.providers.namespace.cgroups.group import Group, detect
from virtwright.providers.namespace.sandbox.spec import HOST, Limits
from virtwright.providers.namespace.sandbox.status import group_name
from virtwright.providers.namespace.supervisor import load, remove, status, stop

pytestmark = pytest.mark.root
NESTED = 'for group in /sys/fs/cgroup/*; do mkdir -p "$group/engine/job"; done'

JOIN = """
for job in /sys/fs/cgroup/*/engine/job; do
    case $job in */cpuset/*) cat "${job%/*/*}/cpuset.cpus" > "${job%/*}/cpuset.cpus"; cat "${job%/*/*}/cpuset.mems" > "${job%/*}/cpuset.mems"
        cat "${job%/*}/cpuset.cpus" > "$job/cpuset.cpus"; cat "${job%/*}/cpuset.mems" > "$job/cpuset.mems" ;; esac
    echo 0 > "$job/cgroup.procs"
done
"""
"""A job's CPUs and memory nodes on v1 are what its engine gives it."""


def start(sandboxes: SandboxLab, *, privileged: bool = True, layers: tuple[str, ...] = (HOST,)) -> Path:
    limits = Limits(memory=256 * 1024 * 1024)
    return sandboxes.start(sandboxes.spec(init="system", privileged=privileged, layers=layers, limits=limits))


def output(sandboxes: SandboxLab, folder: Path, script: str) -> str:
    """What a shell inside writes."""
    assert sandboxes.enter(folder, "sh", "-ec", f"( {script} ) > /run/told 2>&1; cat /run/told > /told") == 0, script
    return (folder / "layer/upper/told").read_text()


def groups(folder: Path) -> list[Path]:
    name = group_name(folder.name, folder)
    return [place for place in Group(name, detect(), delegated=True).folders if place.exists()]


def loops(file: str) -> list[str]:
    found = Path("/sys/block").glob("loop*/loop/backing_file")
    return [path.parent.parent.name for path in found if path.read_text().strip() == file]


def test_it_makes_groups_of_its_own_in_every_hierarchy(sandboxes: SandboxLab) -> None:
    folder = start(sandboxes)
    output(sandboxes, folder, f"{NESTED}; {JOIN}")
    assert len(groups(folder)) == len(detect().hierarchies)
    assert all((path / "engine/job").is_dir() for path in groups(folder))
    remove(folder)
    assert groups(folder) == []


def test_its_root_group_is_its_own_and_so_are_its_limits(sandboxes: SandboxLab) -> None:
    folder = start(sandboxes)
    told = output(sandboxes, folder, "cat /proc/self/cgroup; ls /sys/fs/cgroup/*/virtwright || echo none; "
                  "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null || true")  # fmt: skip
    assert all(line.rpartition(":")[2] in ("/", "/init") for line in told.splitlines() if "::" in line or ":/" in line)
    assert "none" in told
    if "memory" in detect().v1:
        assert str(256 * 1024 * 1024) in told


def test_it_sees_the_devices_of_hypervisors_and_no_disk(sandboxes: SandboxLab) -> None:
    folder = start(sandboxes)
    told = output(sandboxes, folder, "ls /dev /dev/net").split()
    wanted = {name for name in ("kvm", "fuse", "loop-control") if Path("/dev", name).exists()}
    assert wanted | {"tun", "loop9"} <= set(told)
    disks = {path.name for path in Path("/sys/block").iterdir() if not path.name.startswith("loop")}
    assert not disks & set(told)
    output(
        sandboxes,
        folder,
        "exec 3<> /dev/net/tun; mknod /disk b 7 3; exec 4< /disk || true; echo 1 > /proc/sys/net/ipv4/ip_forward",
    )


def test_an_ordinary_machine_sees_neither(sandboxes: SandboxLab) -> None:
    folder = start(sandboxes, privileged=False)
    assert output(sandboxes, folder, "ls -A /sys/fs/cgroup") == ""
    assert not {"kvm", "fuse", "loop-control", "loop0", "net"} & set(output(sandboxes, folder, "ls /dev").split())
    assert sandboxes.enter(folder, "sh", "-c", "mount -t cgroup -o memory none /mnt 2>/dev/null") != 0
    assert sandboxes.enter(folder, "sh", "-c", "mknod /x b 7 0 2>/dev/null && cat /x > /dev/null 2>&1") != 0
    assert sandboxes.enter(folder, "sh", "-c", "echo 1 2>/dev/null > /proc/sys/net/ipv4/ip_forward") != 0


@pytest.mark.parametrize("end", ["stopped", "shim killed"])
def test_its_loop_devices_and_groups_go_with_it(sandboxes: SandboxLab, end: str) -> None:
    folder = start(sandboxes)
    file = f"/var/{os.urandom(6).hex()}.img"
    output(sandboxes, folder, f"{NESTED}; truncate -s 1M {file}; losetup -f {file}")
    assert loops(file)
    if end == "stopped":
        stop(folder, 5)
    else:
        shim = status(folder).shim
        assert shim
        os.kill(shim.pid, signal.SIGKILL)
        sandboxes.until(folder, lambda now: now.state == "gone")
        sandboxes.supervisor.start(load(folder))
    assert loops(file) == []
    remove(folder)
    assert groups(folder) == []


def test_a_loop_device_of_somebody_else_stays(sandboxes: SandboxLab, tmp_path: Path) -> None:
    file = tmp_path / "mine.img"
    file.write_bytes(bytes(1024 * 1024))
    device = run(["losetup", "-f", "--show", str(file)]).stdout.strip()
    try:
        remove(start(sandboxes))
        assert loops(str(file))
    finally:
        run(["losetup", "-d", device])
