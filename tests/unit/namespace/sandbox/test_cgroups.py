"""Control groups: finding the hierarchies, limits as file contents, and v2 on a fake."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.fake_cgroupfs import FakeCgroup2

from virtwright.providers.namespace.cgroups import delegation, values
from virtwright.providers.namespace.cgroups.group import Group
from virtwright.providers.namespace.cgroups.layout import Hierarchy, Layout, missing, parse
from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.sandbox.spec import Limits

V2 = "31 23 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = """\
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
37 31 0:34 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
"""
HYBRID = V1 + "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"
ROOT = Path("/sys/fs/cgroup")


def test_pure_v2() -> None:
    layout = parse("22 27 0:21 / /proc rw - proc proc rw\n" + V2)
    assert layout == Layout({}, ROOT)
    assert Group("x", layout).folders == [ROOT / "virtwright/x"]
    assert missing(layout, ["cpu", "memory", "pids"]) == []


@pytest.mark.parametrize("mountinfo", [V1, HYBRID], ids=["v1", "hybrid"])
def test_v1_and_hybrid_use_the_hierarchies_that_hold_the_controllers(mountinfo: str) -> None:
    group = Group("x", parse(mountinfo))
    assert group.v2 is None
    assert group.v1["cpu"] == ROOT / "cpu,cpuacct/virtwright/x"
    assert len(group.folders) == 4


def test_a_controller_that_is_missing_from_v1_is_taken_from_v2() -> None:
    text = "".join(line for line in HYBRID.splitlines(keepends=True) if "pids" not in line)
    group = Group("x", parse(text))
    assert group.v2 == ROOT / "unified/virtwright/x"
    assert group.folders[-1] == group.v2


def test_all_hierarchies_are_known_by_what_they_are_mounted_with() -> None:
    found = parse(HYBRID.replace("rw,memory", "rw,xattr,release_agent=/x,memory")).hierarchies
    assert [(each.kind, each.options) for each in found] == [
        ("cgroup", "cpu,cpuacct"),
        ("cgroup", "memory"),
        ("cgroup", "freezer"),
        ("cgroup", "pids"),
        ("cgroup", "name=systemd"),
        ("cgroup2", ""),
    ]


def test_a_delegated_group_is_in_every_hierarchy() -> None:
    group = Group("x", parse(HYBRID), delegated=True)
    assert len(group.folders) == len(set(group.folders)) == 6
    assert ROOT / "systemd/virtwright/x" in group.folders
    assert ROOT / "unified/virtwright/x" in group.folders
    assert Group("x", parse(V2), delegated=True).folders == [ROOT / "virtwright/x"]


def test_spaces_in_mount_points() -> None:
    assert parse(V2.replace("/sys/fs/cgroup", "/a\\040b\\134c")).v2 == Path("/a b\\c")


def test_no_control_groups_at_all() -> None:
    with pytest.raises(SandboxError, match="no control groups for cpu, memory, pids, freezer"):
        Group("x", parse("")).create(Limits())


LIMITS = Limits(cpus=1.5, memory=64 * 1024 * 1024, pids=100, cpu_shares=2048)


def test_limits_as_v1_files() -> None:
    written = {file: value for name in ("cpu", "memory", "pids", "freezer") for file, value in values.v1(name, LIMITS)}
    assert written == {
        "cpu.cfs_period_us": "100000",
        "cpu.cfs_quota_us": "150000",
        "cpu.shares": "2048",
        "memory.limit_in_bytes": "67108864",
        "memory.memsw.limit_in_bytes": "67108864",
        "pids.max": "100",
    }


def test_limits_as_v2_files() -> None:
    written = {file: value for name in ("cpu", "memory", "pids") for file, value in values.v2(name, LIMITS)}
    assert written == {
        "cpu.max": "150000 100000",
        "cpu.weight": "79",
        "memory.max": "67108864",
        "memory.swap.max": "0",
        "pids.max": "100",
    }


def test_no_limits() -> None:
    assert dict(values.v1("memory", Limits()))["memory.limit_in_bytes"] == "-1"
    assert dict(values.v1("cpu", Limits()))["cpu.cfs_quota_us"] == "-1"
    assert dict(values.v2("cpu", Limits())) == {"cpu.max": "max 100000", "cpu.weight": "100"}
    assert dict(values.v2("memory", Limits())) == {"memory.max": "max", "memory.swap.max": "max"}


def test_the_smallest_share_is_what_the_kernel_takes() -> None:
    assert dict(values.v2("cpu", Limits(cpus=0.0001)))["cpu.max"] == "1000 100000"
    assert [values.weight(shares) for shares in (2, 1024, 262_144, 0, 10**9)] == [1, 39, 10_000, 1, 10_000]


def test_counters() -> None:
    text = "low 0\nhigh 0\nmax 3\noom 2\noom_kill 1\noom_group_kill 0\n"
    assert values.field(text, "oom_kill") == 1
    assert values.field(text, "nonesuch") == 0


def test_v2_group_is_made_with_its_controllers_delegated(tmp_path: Path) -> None:
    fake = FakeCgroup2(tmp_path / "cgroup")
    fake.prepare(fake.folder / "virtwright", "cpu memory pids")
    group = Group("x", fake.layout)
    group.create(LIMITS)
    assert (fake.folder / "cgroup.subtree_control").read_text() == "+cpu +memory +pids"
    assert (fake.folder / "virtwright/cgroup.subtree_control").read_text() == "+cpu +memory +pids"
    folder = fake.folder / "virtwright/x"
    assert (folder / "memory.max").read_text() == str(LIMITS.memory)
    assert (folder / "cpu.max").read_text() == "150000 100000"
    group.set_limits(Limits())
    assert (folder / "memory.max").read_text() == "max"
    assert (folder / "pids.max").read_text() == "2048"


def test_a_delegated_v2_group_gets_every_controller_and_its_members_sit_below(tmp_path: Path) -> None:
    fake = FakeCgroup2(tmp_path / "cgroup")
    fake.prepare(fake.folder / "virtwright", "cpuset cpu io memory pids")
    layout = replace(fake.layout, hierarchies=(Hierarchy(fake.folder, "cgroup2"),))
    group = Group("x", layout, delegated=True)
    group.create(LIMITS)
    written = (fake.folder / "virtwright/cgroup.subtree_control").read_text()
    assert written == "+pids"  # the last of five writes
    assert list(delegation.entrances(layout, "x")) == [f"{fake.folder}/virtwright/x/cgroup.procs"]
    (fake.folder / "virtwright/x" / delegation.LEAF).mkdir()
    assert list(delegation.entrances(layout, "x")) == [f"{fake.folder}/virtwright/x/init/cgroup.procs"]


def test_a_cpuset_is_copied_down(tmp_path: Path) -> None:
    group = tmp_path / "virtwright/x"
    group.mkdir(parents=True)
    for folder, text in ((tmp_path, "0-3"), (group.parent, "\n"), (group, "\n")):
        (folder / "cpuset.cpus").write_text(text)
    delegation.prepare(Layout(hierarchies=(Hierarchy(tmp_path, "cgroup", "cpuset"),)), "x")
    assert (group / "cpuset.cpus").read_text() == "0-3"


def test_groups_below_are_removed_the_innermost_first(tmp_path: Path) -> None:
    (tmp_path / "engine/job/part").mkdir(parents=True)
    (tmp_path / "init").mkdir()
    assert delegation.remove_below(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "busy").mkdir()
    (tmp_path / "busy/in-use").touch()  # as a kernel that refuses
    assert not delegation.remove_below(tmp_path)


def test_v2_without_delegation_says_so(tmp_path: Path) -> None:
    fake = FakeCgroup2(tmp_path / "cgroup", offered="pids")
    with pytest.raises(SandboxError, match="offer no cpu, memory: nothing was delegated to this process"):
        Group("x", fake.layout).create(LIMITS)


def test_v2_freezing_counting_and_membership(tmp_path: Path) -> None:
    fake = FakeCgroup2(tmp_path / "cgroup")
    folder = fake.folder / "virtwright/x"
    folder.mkdir(parents=True)
    group = Group("x", fake.layout)
    (folder / "cgroup.events").write_text("populated 1\nfrozen 1\n")
    (folder / "memory.events").write_text("oom 1\noom_kill 4\n")
    (folder / "cgroup.procs").write_text("12\n7\n0\n")
    group.freeze()
    assert (folder / "cgroup.freeze").read_text() == "1"
    assert group.frozen
    group.thaw()
    assert (folder / "cgroup.freeze").read_text() == "0"
    assert group.oom_kills() == 4
    assert group.pids() == [7, 12]
    (folder / "cgroup.events").write_text("populated 1\nfrozen 0\n")
    with pytest.raises(SandboxError, match="could not all be frozen"):
        group.freeze(timeout=0.05)
    assert (folder / "cgroup.freeze").read_text() == "0"  # and is let go again


def test_a_group_that_is_gone_has_nothing(tmp_path: Path) -> None:
    group = Group("x", FakeCgroup2(tmp_path / "cgroup").layout)
    assert group.pids() == []
    assert group.oom_kills() == 0
    group.remove()


def test_members_that_can_not_be_seen_are_nobody(tmp_path: Path) -> None:
    (tmp_path / "cgroup.procs").write_text("0\n17\n0\n")
    assert delegation.processes(tmp_path) == {17}  # to signal 0 would be to signal this process's own group
    assert delegation.processes(tmp_path / "gone") == set()
