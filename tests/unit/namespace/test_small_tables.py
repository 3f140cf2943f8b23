"""Decisions of the namespace runtime that fit into a table: name servers, limits, hierarchies, addresses, names in archives, restarts."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Final

import pytest

from virtwright.errors import HostError
from virtwright.providers.namespace.cgroups import values
from virtwright.providers.namespace.cgroups.layout import Hierarchy, Layout, missing, parse
from virtwright.providers.namespace.containers import resolver
from virtwright.providers.namespace.images.entries import (
    RefusedEntryError,
    check_owner,
    check_symlink,
    clamp_time,
    split_name,
)
from virtwright.providers.namespace.network.addresses import (
    bridge_name,
    choose_cidr,
    first_host,
    fixed_address,
    free_address,
    host_bounds,
    mac_for,
    overlapping,
    port_name,
)
from virtwright.providers.namespace.sandbox.spec import Limits
from virtwright.providers.namespace.shim import policy

NONE: Final = "# This host names no server that can be reached from inside.\n"


@pytest.mark.parametrize(
    ("sources", "text"),
    [
        ([], NONE),
        (["search lan\noptions ndots:2\n"], NONE),
        (["nameserver 10.0.0.1\ndomain lan\noptions ndots:2\nsearch a b\n"], "nameserver 10.0.0.1\ndomain lan\noptions ndots:2\nsearch a b\n"),
        (["nameserver 10.0.0.1\n\n  \n;note\nsortlist x\n"], "nameserver 10.0.0.1\n"),
        (["nameserver 127.0.0.53\nnameserver 10.0.0.1\n"], "nameserver 10.0.0.1\n"),
        (["nameserver 127.0.0.53\nsearch lan\n", "nameserver 10.0.0.2\n", "nameserver 10.0.0.3\n"], "nameserver 10.0.0.2\n"),
        (["nameserver 10.0.0.1 # note\n"], "nameserver 10.0.0.1 # note\n"),
        (["nameserver\nnameserver x\nnameserver ::1%lo\n"], NONE),
        (["nameserver fe80::1%eth0\n"], "nameserver fe80::1%eth0\n"),
    ],
)  # fmt: skip
def test_name_servers(sources: list[str], text: str) -> None:
    assert resolver.resolver_text(sources) == text


def test_the_host_s_resolver_files_are_read_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual, real = resolver._SOURCES
    assert (usual, real) == (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))
    first, second = tmp_path / "first", tmp_path / "second"
    monkeypatch.setattr(resolver, "_SOURCES", (first, tmp_path / "none", second))
    first.write_bytes(b"a\xff")
    second.write_text("b")
    assert resolver.host_resolvers() == ["a\ufffd", "b"]


WHOLE: Final = Limits(cpus=1.5, memory=1024**2, pids=100, cpu_shares=2048)


@pytest.mark.parametrize(
    ("controller", "limits", "v1", "v2"),
    [
        ("cpu", WHOLE, [("cpu.cfs_period_us", "100000"), ("cpu.cfs_quota_us", "150000"), ("cpu.shares", "2048")],
         [("cpu.max", "150000 100000"), ("cpu.weight", "79")]),
        ("cpu", Limits(), [("cpu.cfs_period_us", "100000"), ("cpu.cfs_quota_us", "-1"), ("cpu.shares", "1024")],
         [("cpu.max", "max 100000"), ("cpu.weight", "100")]),
        ("memory", WHOLE, [("memory.limit_in_bytes", "1048576"), ("memory.memsw.limit_in_bytes", "1048576")],
         [("memory.max", "1048576"), ("memory.swap.max", "0")]),
        ("memory", Limits(), [("memory.limit_in_bytes", "-1"), ("memory.memsw.limit_in_bytes", "-1")],
         [("memory.max", "max"), ("memory.swap.max", "max")]),
        ("pids", WHOLE, [("pids.max", "100")], [("pids.max", "100")]),
        ("pids", Limits(), [("pids.max", "max")], [("pids.max", "max")]),
        ("freezer", WHOLE, [], []),
    ],
)  # fmt: skip
def test_limits_as_lines(controller: str, limits: Limits, v1: list[tuple[str, str]], v2: list[tuple[str, str]]) -> None:
    assert ([*values.v1(controller, limits)], [*values.v2(controller, limits)]) == (v1, v2)


@pytest.mark.parametrize(
    ("shares", "weight"),
    [(0, 1), (2, 1), (28, 1), (29, 2), (1024, 39), (2048, 79), (262_143, 9999), (262_144, 10_000), (10**9, 10_000)],
)
def test_a_weight(shares: int, weight: int) -> None:
    assert values.weight(shares) == weight


@pytest.mark.parametrize(("weight", "shares"), [(0, 2), (1, 2), (2, 28), (39, 998), (100, 2597), (10_000, 262_144)])
def test_shares_of_a_weight(weight: int, shares: int) -> None:
    assert values.shares(weight) == shares


@pytest.mark.parametrize(("cpus", "quota"), [(1, 100_000), (0.5, 50_000), (0.01, 1000), (0.001, 1000), (0.0101, 1010)])
def test_a_quota(cpus: float, quota: int) -> None:
    assert values.quota(cpus) == quota


@pytest.mark.parametrize(
    ("text", "number"),
    [("a 1\noom 23\n", 23), ("oom_kill 4\n", 0), ("oom x\n", 0), ("oom\n", 0), ("oom ²\n", 0), ("", 0), ("oom 1\noom 2\n", 1)],
)  # fmt: skip
def test_a_number_of_a_file(text: str, number: int) -> None:
    assert values.field(text, "oom") == number


def line(place: str, kind: str, options: str) -> str:
    return f"32 31 0:29 / {place} rw,relatime shared:9 - {kind} source {options}\n"


@pytest.mark.parametrize(
    ("mountinfo", "layout", "hierarchies"),
    [
        ("", Layout(), ()),
        (line("/proc", "proc", "rw"), Layout(), ()),
        (line("/t", "tmpfs", "rw,cpu"), Layout(), ()),
        (line("/a", "cgroup", "rw") + line("/c", "cgroup2", "rw"), Layout({}, Path("/c")), (Hierarchy(Path("/a"), "cgroup"), Hierarchy(Path("/c"), "cgroup2"))),
        (line("/c", "cgroup2", "rw,nsdelegate"), Layout({}, Path("/c")), (Hierarchy(Path("/c"), "cgroup2"),)),
        (line("/c", "cgroup2", "rw") + line("/d", "cgroup2", "rw"), Layout({}, Path("/c")), (Hierarchy(Path("/c"), "cgroup2"),)),
        (line("/a", "cgroup", "rw,cpu,cpuacct"), Layout({"cpu": Path("/a")}), (Hierarchy(Path("/a"), "cgroup", "cpu,cpuacct"),)),
        (line("/a", "cgroup", "rw,cpu") + line("/b", "cgroup", "rw,cpu") + line("/d", "cgroup", "rw,pids,memory,freezer"),
         Layout({"cpu": Path("/a"), "pids": Path("/d"), "memory": Path("/d"), "freezer": Path("/d")}),
         (Hierarchy(Path("/a"), "cgroup", "cpu"), Hierarchy(Path("/d"), "cgroup", "pids,memory,freezer"))),
        (line("/n", "cgroup", "ro,xattr,clone_children,noprefix,cpuset_v2_mode,release_agent=/x,name=systemd"), Layout(),
         (Hierarchy(Path("/n"), "cgroup", "name=systemd"),)),
        (line("/a\\040b\\011c\\012d\\134e", "cgroup2", "rw"), Layout({}, Path("/a b\tc\nd\\e")), (Hierarchy(Path("/a b\tc\nd\\e"), "cgroup2"),)),
    ],
)  # fmt: skip
def test_which_hierarchies_there_are(mountinfo: str, layout: Layout, hierarchies: tuple[Hierarchy, ...]) -> None:
    found = parse(mountinfo)
    assert (found, found.hierarchies) == (layout, hierarchies)


@pytest.mark.parametrize(
    ("layout", "v2", "lacking"),
    [
        (Layout(), [], ["cpu", "memory", "pids", "freezer"]),
        (Layout({}, Path("/c")), [], ["cpu", "memory", "pids"]),
        (Layout({}, Path("/c")), ["cpu", "memory", "pids"], []),
        (Layout({"cpu": Path("/a"), "freezer": Path("/b")}), ["memory"], ["pids"]),
    ],
)
def test_which_controllers_are_missing(layout: Layout, v2: list[str], lacking: list[str]) -> None:
    assert missing(layout, v2) == lacking


@pytest.mark.parametrize(
    ("network", "first", "low", "high"),
    [
        ("10.1.0.0/24", "10.1.0.1", "10.1.0.1", "10.1.0.254"),
        ("10.1.0.0/30", "10.1.0.1", "10.1.0.1", "10.1.0.2"),
        ("10.1.0.0/31", "10.1.0.0", "10.1.0.0", "10.1.0.1"),
        ("10.1.0.7/32", "10.1.0.7", "10.1.0.7", "10.1.0.7"),
        ("fd00::/126", "fd00::1", "fd00::1", "fd00::3"),
        ("fd00::/127", "fd00::", "fd00::", "fd00::1"),
    ],
)
def test_the_ends_of_a_network(network: str, first: str, low: str, high: str) -> None:
    net = ip_network(network)
    assert str(first_host(net)) == first
    assert host_bounds(net) == (int(ip_address(low)), int(ip_address(high)))


NET: Final = IPv4Network("10.1.0.0/29")


@pytest.mark.parametrize(
    ("taken", "start", "end", "free"),
    [
        ([], None, None, "10.1.0.1"),
        (["10.1.0.1", "10.1.0.2", "10.1.0.4"], None, None, "10.1.0.3"),
        ([], "10.1.0.3", "10.1.0.4", "10.1.0.3"),
        (["10.1.0.3"], "10.1.0.3", "10.1.0.4", "10.1.0.4"),
        ([], "10.1.0.0", None, "10.1.0.1"),
        (["10.1.0.5"], "10.1.0.5", "10.1.0.9", "10.1.0.6"),
        (["10.1.0.3", "10.1.0.4"], "10.1.0.3", "10.1.0.4", "from 10.1.0.3 to 10.1.0.4"),
        (["10.1.0.5", "10.1.0.6"], "10.1.0.5", "10.1.0.9", "from 10.1.0.5 to 10.1.0.6"),
    ],
)
def test_a_free_address(taken: list[str], start: str | None, end: str | None, free: str) -> None:
    ends = [None if each is None else ip_address(each) for each in (start, end)]
    busy = [ip_address(each) for each in taken]
    if not free.startswith("from"):
        assert str(free_address(NET, busy, *ends)) == free
        return
    with pytest.raises(HostError, match=rf"the network back has no free address left \({free}\)"):
        free_address(NET, busy, *ends, name="back")
    with pytest.raises(HostError, match=r"the network 10.1.0.0/29 has no free address left"):
        free_address(NET, busy, *ends)


@pytest.mark.parametrize("text", ["10.1.0.1", "10.1.0.6"])
def test_a_fixed_address(text: str) -> None:
    assert fixed_address(text, NET, {ip_address("10.1.0.3"): "x"}, name="back") == ip_address(text)
    last = IPv6Network("fd00::/126")
    assert str(fixed_address("fd00::3", last, {}, name="back")) == "fd00::3"
    with pytest.raises(HostError, match="is not one of the network back"):
        fixed_address("::a01:3", NET, {}, name="back")  # the number of 10.1.0.3, of the other version


def test_a_default_route_takes_no_network() -> None:
    assert str(choose_cidr([IPv4Network("0.0.0.0/0"), IPv4Network("10.89.0.0/24")])) == "10.89.1.0/24"
    with pytest.raises(HostError, match="no free network is left"):
        choose_cidr([IPv4Network("0.0.0.0/1")])
    assert overlapping("10.0.0.0/8", {"a": ["0.0.0.0/0"], "b": ["fd00::/8", "10.2.0.0/16"]}) == "b (10.2.0.0/16)"
    assert overlapping("10.0.0.0/8", {"half": ["0.0.0.0/1"]}) == "half (0.0.0.0/1)"
    assert overlapping("fd00::/64", {"a": ["::/0"], "b": ["fd00::/48"]}) == "b (fd00::/48)"


def test_names_of_devices_and_addresses_of_hardware_stay_as_they_are() -> None:
    """Networks and members that an older version made have them."""
    assert bridge_name("0123456789ab") == "vwb0123456789ab"
    assert port_name("member", "network") == "vw2e2fbd126b07"
    assert mac_for("urn", "back") == "02:26:ea:ed:f8:81"


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("x" * 255, True), ("x" * 256, False), ("é" * 127, True), ("é" * 128, False),
        ("a/" * 10, True), ("a/" * 11, False), ("./" * 2047, True), ("./" * 2048, False), ("./" * 2047 + "a", True), ("./" * 2047 + "ab", False),
        ("a\0", False), ("/a", False), ("a/../b", False), ("a..", True), ("\ud800", False), ("\udcff", True),
    ],
)  # fmt: skip
def test_which_names_are_taken(name: str, fits: bool) -> None:
    if fits:
        split_name(name, 10)
        return
    with pytest.raises(RefusedEntryError):
        split_name(name, 10)


@pytest.mark.parametrize(
    ("parts", "target", "fits"),
    [
        (("a",), "x" * 4095, True), (("a",), "x" * 4096, False), (("a",), "b\0", False), (("a",), "", False),
        (("a",), "..", False), (("a", "b"), "..", True), (("a", "b"), "../..", False), (("a", "b"), "../../a", False),
        (("a",), "/..", False), (("a", "b"), "/..", False), (("a",), "/a/..", True), (("a",), "/a/../..", False), (("a",), "./..", False), (("a",), "b/./../c", True),
        (("a",), "b//..", True), (("a", "b"), "x/../..", True),
    ],
)  # fmt: skip
def test_which_links_are_taken(parts: tuple[str, ...], target: str, fits: bool) -> None:
    if fits:
        check_symlink(parts, target)
        return
    with pytest.raises(RefusedEntryError):
        check_symlink(parts, target)


@pytest.mark.parametrize(
    ("uid", "gid", "fits"),
    [
        (0, 0, True), (2**32 - 2, 0, True), (0, 2**32 - 2, True), (2**32 - 1, 0, False), (0, 2**32 - 1, False), (-1, 0, False), (0, -1, False),
    ],
)  # fmt: skip
def test_which_owners_are_taken(uid: int, gid: int, fits: bool) -> None:
    if fits:
        check_owner(uid, gid)
        return
    with pytest.raises(RefusedEntryError, match="which is no user or group"):
        check_owner(uid, gid)


@pytest.mark.parametrize(
    ("seconds", "wanted"), [(0.0, 0), (-1.0, 0), (1.9, 1), (2.0**33, 2**33), (2.0**33 + 1, 2**33), (float("nan"), 0)]
)
def test_a_time(seconds: float, wanted: int) -> None:
    assert clamp_time(seconds) == wanted


@pytest.mark.parametrize(
    ("wanted", "status", "again"),
    [
        ("no", 0, False), ("no", 1, False), ("on-failure", 0, False), ("on-failure", 1, True), ("on-failure", -9, True),
        ("always", 0, True), ("always", 1, True), ("unless-stopped", 0, True), ("unless-stopped", 1, True),
    ],
)  # fmt: skip
def test_whether_it_is_started_again(wanted: str, status: int, again: bool) -> None:
    assert policy.restarts(wanted, status) is again


@pytest.mark.parametrize(
    ("previous", "ran", "delay"),
    [(0.0, 0.0, 0.1), (0.1, 9.9, 0.2), (0.1, 10.0, 0.1), (30.0, 1.0, 60.0), (31.0, 1.0, 60.0), (29.0, 1.0, 58.0), (60.0, 10.1, 0.1)],
)  # fmt: skip
def test_how_long_is_waited_before(previous: float, ran: float, delay: float) -> None:
    assert policy.next_delay(previous, ran) == delay
