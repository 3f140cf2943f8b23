"""What a mask shows of a host."""

from pathlib import Path, PurePath

import pytest

from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.sandbox import host_etc, host_mask
from virtwright.providers.namespace.sandbox.host_mask import Entry

FOLDERS = (
    "data", "etc/ssh", "etc/ssl/private", "opt/app", "root", "usr/bin", "usr/local/bin", "usr/local/tool", "usr/share",
    "var/cache/apt/archives/partial", "var/cache/ldconfig", "var/lib/docker", "var/lib/dpkg", "var/log",
)  # fmt: skip
FILES = {
    "etc/machine-id": 0o444,
    "etc/shadow": 0o640,
    "etc/gshadow": 0o640,
    "etc/ssh/config": 0o644,
    "etc/ssh/ssh_host_key": 0o600,
    "etc/sudoers": 0o440,
    "root/.secret": 0o600,
    "usr/bin/program": 0o755,
    "usr/share/secret": 0o600,
    "var/lib/dpkg/lock": 0o640,
    "var/lib/shells.state": 0o644,
    "var/log/messages": 0o644,
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in FOLDERS:
        (tmp_path / name).mkdir(parents=True)
    for name, mode in FILES.items():
        (tmp_path / name).write_text("root:$6$hash:1:0:99999:7:::\n")
        (tmp_path / name).chmod(mode)
    (tmp_path / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n")
    (tmp_path / "etc/group").write_text("root:x:0:\nshadow:x:42:ann\n")
    for name in ("etc/ssl/private", "usr/share"):
        (tmp_path / name).chmod(0o710)
    (tmp_path / "var/cache/ldconfig").chmod(0o700)
    (tmp_path / "bin").symlink_to("usr/bin")
    (tmp_path / "var/run").symlink_to("/run")
    return tmp_path


def how(entries: list[Entry]) -> dict[str, str]:
    return {entry.path: entry.how for entry in entries}


def test_programs_and_package_data_are_live_and_the_rest_is_empty(root: Path) -> None:
    shown = how(host_mask.plan(root))
    assert {path for path, kind in shown.items() if kind == "live"} == {
        "usr", "var/cache/apt", "var/cache/apt/archives", "var/lib/dpkg",
    }  # fmt: skip
    for path in (
        "etc",
        "opt",
        "root",
        "usr/local",
        "usr/local/bin",
        "var",
        "var/cache/ldconfig",
        "var/lib/docker",
        "var/log",
    ):
        assert shown[path] == "empty"
    assert shown["bin"] == shown["var/run"] == "link"
    assert shown["var/lib/shells.state"] == "file"
    assert (shown["var/lib/dpkg/lock"], shown["var/cache/apt/archives/partial"]) == ("hidden", "empty")
    assert not {"data", "root/.secret", "opt/app", "usr/local/tool", "var/log/messages"} & shown.keys()
    assert host_mask.unknown(root, host_mask.plan(root)) == ["data"]


def test_where_no_overlay_can_do_it_what_is_private_is_hidden_by_name(root: Path) -> None:
    shown = how(host_mask.plan(root, walk=True))
    assert shown["usr/share"] == "empty"
    (root / "usr/share").chmod(0o755)
    assert how(host_mask.plan(root, walk=True))["usr/share/secret"] == "hidden"


def test_a_private_folder_is_emptied_where_it_would_show(root: Path) -> None:
    (root / "usr/state").mkdir()
    hidden = [PurePath(path) for path in ("usr/state", "root/deep", "none", "var/lib/docker", "usr/bin/program")]
    shown = how(host_mask.plan(root, hidden))
    assert shown["usr/state"] == shown["var/lib/docker"] == "empty"
    assert not {"root/deep", "none", "usr/bin/program"} & shown.keys()


def test_folders_that_are_named_are_live(root: Path) -> None:
    (root / "opt/app/data/deep").mkdir(parents=True)
    shown = how(host_mask.plan(root, shown=["/opt/app/data", "/usr/local", "/opt/app/data/deep"]))
    assert (shown["opt"], shown["opt/app"], shown["opt/app/data"], shown["usr/local"]) == (
        "empty",
        "empty",
        "live",
        "live",
    )
    assert not {"opt/app/data/deep", "usr/local/bin"} & shown.keys()
    assert host_mask.live_folders(host_mask.plan(root, shown=["/opt/app"])) == [
        *(Entry("opt", "empty"), Entry("opt/app", "live"), Entry("usr", "live"), Entry("var", "empty")),
        *(Entry("var/cache", "empty"), Entry("var/cache/apt", "live"), Entry("var/lib", "empty")),
        Entry("var/lib/dpkg", "live"),
    ]


def test_a_folder_that_can_not_be_shown_is_told(root: Path) -> None:
    for path in ("/opt/none", "/usr/local/bin/../tool/x"):
        with pytest.raises(SandboxError, match="is not a folder of this host"):
            host_mask.plan(root, shown=[path])


def test_folders_come_before_what_is_in_them(root: Path) -> None:
    (root / "etc/ssh/sub").mkdir()
    entries = [*host_mask.plan(root, shown=["/usr/local/tool"], walk=True), *host_etc.entries(root, root)]
    seen: set[str] = set()
    for entry in entries:
        assert all(str(parent) in seen for parent in PurePath(entry.path).parents[:-1]), entry.path
        seen.add(entry.path)
    assert len(seen) == len(entries)


def test_etc_is_what_everybody_may_read(root: Path) -> None:
    entries = {entry.path: entry for entry in host_etc.entries(root, root)}
    assert entries["etc/ssh/config"].content == (root / "etc/ssh/config").read_bytes()
    assert (entries["etc/ssl/private"].how, entries["etc/ssl/private"].mode) == ("empty", 0o710)
    assert not {"etc/machine-id", "etc/ssh/ssh_host_key"} & entries.keys()
    assert entries["etc/shadow"].content == b"root:*::0:99999:7:::\nann:*::0:99999:7:::\n"
    assert entries["etc/gshadow"].content == b"root:*::\nshadow:*::ann\n"
    assert (entries["etc/shadow"].mode, entries["etc/sudoers"].mode) == (0o640, 0o440)
    assert b"$6$" not in entries["etc/sudoers"].content


def test_a_large_etc_is_copied_in_part_and_the_top_first(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_etc, "LARGEST", 400)
    monkeypatch.setattr(host_etc, "MOST", 12)
    (root / "etc/ssh/other").write_bytes(b"x" * 400)
    paths = [entry.path for entry in host_etc.entries(root, root)]
    assert "etc/passwd" in paths and "etc/ssh/other" not in paths
    for number in range(20):
        (root / f"etc/ssh/{number}").touch()
    assert len(host_etc.entries(root, root)) == 12


def test_links_to_what_is_hidden_become_the_file(root: Path) -> None:
    (root / "run").mkdir()
    (root / "run/resolv.conf").write_text("nameserver 9.9.9.9\n")
    for name, target in {"resolv.conf": "../run/resolv.conf", "mtab": "../proc/mounts", "os-release": "/usr/lib/os-release",
                         "dangling": "/nowhere", "up": "../../../../x", "itself": "."}.items():  # fmt: skip
        (root / "etc" / name).symlink_to(target)
    entries = {entry.path: entry for entry in host_etc.entries(root, root)}
    assert entries["etc/resolv.conf"].content == b"nameserver 9.9.9.9\n"
    links = {path: entry.content for path, entry in entries.items() if entry.how == "link"}
    assert links == {"etc/mtab": b"../proc/mounts", "etc/os-release": b"/usr/lib/os-release", "etc/dangling": b"/nowhere",
                     "etc/up": b"../../../../x", "etc/itself": b"."}  # fmt: skip


def test_stand_ins_for_password_files_keep_their_lines_apart() -> None:
    odd = b"a:x:1:1:\x0b\x85b:y:0:0::\n\nodd\n:::\n"
    assert host_etc.locked_users(odd) == b"a:*::0:99999:7:::\n"
    assert host_etc.locked_groups(b"a:$6$x:1:b,c\nodd\n") == b"a:*::b,c\n"
