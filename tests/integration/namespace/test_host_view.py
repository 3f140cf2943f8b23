"""``image: host``: a container sees what everybody on the host may read, of /etc what was there at its start, and nothing more."""

import os
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest
from tests.private_root import OWN, private_root
from tests.sandbox_lab import SandboxLab, sandbox_lab

from virtwright.errors import HostError
from virtwright.providers.namespace.sandbox.spec import HOST, MountPoint
from virtwright.providers.namespace.supervisor import Supervisor

pytestmark = pytest.mark.root
ROOTS = pytest.mark.parametrize(
    ("stacked", "mapped"),
    [(False, True), (False, False), (True, False)],
    ids=["mapped ids", "host ids", "overlay as the host's root"],
)
"""What lies on an overlay can't be given an id map."""
BOTH = pytest.mark.parametrize("mapped", [True, False], ids=["mapped ids", "host ids"])
READ_ALL: Final = """
find / -xdev | while IFS= read -r path; do
    if [ -d "$path" ]; then ls "$path" >/dev/null 2>&1 && echo "$path"
    elif [ -f "$path" ]; then cat "$path" >/dev/null 2>&1 && echo "$path"
    fi
done
"""
"""Everything that a program inside can read."""
STAND_INS: Final = {"/etc/shadow", "/etc/gshadow", "/etc/sudoers"}
"""What has another content than the host's."""
FOLDERS: Final = ("etc", "etc/app", "opt", "opt/app", "usr/bin", "usr/lib", "usr/local", "usr/local/bin", "usr/local/tool",
                  "usr/share", "usr/share/app", "var/cache/apt", "var/cache/other", "var/lib/dpkg", "var/lib/other", "var/log")  # fmt: skip
SECRET: Final = "host-secret"


@contextmanager
def host(tmp_path: Path, *, stacked: bool = False) -> Iterator[SandboxLab]:
    """Sandboxes on a host of the test's own, with files for everybody and files for root alone in each folder."""
    with private_root(stacked=stacked) as own:
        for folder in FOLDERS:
            (own / folder).mkdir(parents=True, exist_ok=True)
            write(own / folder / "public", 0o644, "public")
            keep_secret(own / folder, "first")
        for name in ("shadow", "gshadow", "sudoers"):
            write(own / "etc" / name, 0o640, f"root:$y${SECRET}:1:2:3:4:::\n")
        supervisor = Supervisor(tmp_path / "supervisor", private=(tmp_path,))
        try:
            with sandbox_lab(tmp_path / "sandboxes", tmp_path, supervisor) as lab:
                yield lab
        finally:
            supervisor.close()


def write(path: Path, mode: int, text: str = SECRET) -> None:
    path.write_text(text)
    path.chmod(mode)


def keep_secret(folder: Path, name: str) -> None:
    """Write what only root may read, in the ways that programs do."""
    write(folder / f"{name}.key", 0o600)
    write(folder / f"{name}+", 0o640)
    (folder / f"{name}.d").mkdir()
    write(folder / f"{name}.d/inner", 0o644)
    (folder / f"{name}.d").chmod(0o700)


def readable(lab: SandboxLab, folder: Path) -> set[str]:
    lab.enter(folder, "sh", "-c", f"({READ_ALL}) > /tmp/readable")
    told = (folder / "layer/upper/tmp/readable").read_text().split("\n")
    return set(told) - {"", "/tmp/readable"}


def everybody_reads(path: str) -> bool:
    place = OWN / path.lstrip("/")
    for parent in place.parents:
        if parent.is_relative_to(OWN) and not parent.stat().st_mode & 0o001:
            return False
    mode = place.lstat().st_mode
    return bool(mode & 0o004) and (not stat.S_ISDIR(mode) or bool(mode & 0o001))


@ROOTS
def test_what_is_seen_everybody_on_the_host_may_read(tmp_path: Path, stacked: bool, mapped: bool) -> None:
    with host(tmp_path, stacked=stacked) as lab:
        folder = lab.start(lab.spec("sleep", "600", layers=(HOST,), user_namespace=mapped))
        seen = readable(lab, folder)
        of_the_host = {path for path in seen if os.path.lexists(OWN / path.lstrip("/"))}
        assert [
            path for path in of_the_host - STAND_INS if not everybody_reads(path) and empty_inside(lab, path) is False
        ] == []
        assert not {path for path in seen if path.endswith((".key", "+", "/inner"))}
        assert {"/etc/public", "/etc/app/public", "/usr/lib/public", "/usr/share/app/public"} <= seen
        assert {"/var/lib/dpkg/public", "/var/cache/apt/public"} <= seen
        assert not {path for path in seen if path.startswith(("/opt/", "/usr/local/")) and path.endswith("public")}
        assert not {path for path in seen if "/other/" in path or path.startswith("/var/log/")}
        assert lab.enter(folder, "grep", "-rq", SECRET, *STAND_INS) == 1


def empty_inside(lab: SandboxLab, path: str) -> bool:
    """Whether a folder that root alone may read on the host is an empty one inside."""
    return lab.enter(lab.folder / "one", "sh", "-c", f'[ -d "{path}" ] && [ -z "$(ls -A "{path}")" ]') == 0


@ROOTS
def test_nothing_that_the_host_writes_later_is_seen(tmp_path: Path, stacked: bool, mapped: bool) -> None:
    """Keys that are renewed, password files half written, new folders: in each folder that a container sees."""
    with host(tmp_path, stacked=stacked) as lab:
        folder = lab.start(lab.spec("sleep", "600", layers=(HOST,), user_namespace=mapped))
        before = readable(lab, folder)
        live = {"/usr/bin", "/usr/lib", "/usr/share", "/usr/share/app", "/var/lib/dpkg", "/var/cache/apt"}
        for path in FOLDERS:
            if not (stacked and f"/{path}" in live):
                keep_secret(OWN / path, "later")
            write(OWN / path / "later", 0o644, "public")
        write(OWN / "etc/passwd", 0o644, "root:changed:0:0:root:/root:/bin/sh\n")
        if not stacked:
            keep_secret(OWN, "later")
        write(OWN / "etc/first.key", 0o644)
        new = readable(lab, folder) - before
        assert new <= {f"{path}/later" for path in live}
        assert stacked or len(new) == len(live)
        assert lab.enter(folder, "grep", "-q", "changed", "/etc/passwd") == 1


@BOTH
def test_folders_that_a_stack_names_are_shown(tmp_path: Path, mapped: bool) -> None:
    with host(tmp_path) as lab:
        (OWN / "opt/app/sub").mkdir()
        write(OWN / "opt/app/sub/tool", 0o755, "#!/bin/sh\necho ran")
        shown = ("/usr/local/tool", "/opt/app/sub", "/opt/app")
        folder = lab.start(lab.spec("sleep", "600", layers=(HOST,), user_namespace=mapped, host_folders=shown))
        seen = readable(lab, folder)
        below = {path for path in seen if path.startswith(("/opt", "/usr/local"))}
        assert below >= {"/opt/app/public", "/opt/app/sub/tool", "/usr/local/tool/public"}
        assert not {path for path in seen if path.endswith((".key", "+", "/inner"))}
        assert not {"/opt/public", "/usr/local/public", "/usr/local/bin/public"} & seen
        keep_secret(OWN / "opt/app", "later")
        assert readable(lab, folder) == seen
        assert (
            lab.enter(folder, "sh", "-c", "/opt/app/sub/tool && rm /opt/app/sub/tool && touch /opt/app/sub/mine") == 0
        )
        assert (OWN / "opt/app/sub/tool").exists()


def test_all_of_a_folder_may_be_named(tmp_path: Path) -> None:
    with host(tmp_path, stacked=True) as lab:
        folder = lab.start(lab.spec("sleep", "600", layers=(HOST,), host_folders=("/opt", "/usr/local", "/opt/app")))
        seen = readable(lab, folder)
        assert {"/opt/public", "/opt/app/public", "/usr/local/public", "/usr/local/bin/public"} <= seen
        assert not {path for path in seen if path.endswith((".key", "+", "/inner"))}


@pytest.mark.parametrize(
    ("folder", "reason"),
    [
        ("/opt/none", "/opt/none .* not a folder of this host"),
        ("/opt/link", "/opt/link .* not a folder of this host"),
        ("/opt/link/app", "/opt/link .* not a folder of this host"),
        ("/opt/public", "/opt/public .* not a folder of this host"),
        ("/opt/first.d", "/opt/first.d .* not everybody on this host may read it"),
    ],
)
def test_a_folder_that_can_not_be_shown_is_told(tmp_path: Path, folder: str, reason: str) -> None:
    with host(tmp_path) as lab:
        (OWN / "opt/link").symlink_to("/opt")
        with pytest.raises(HostError, match=reason):
            lab.start(lab.spec("true", layers=(HOST,), host_folders=(folder,)))


def test_the_states_folder_is_hidden_where_it_lies_in_what_is_shown(tmp_path: Path) -> None:
    with host(tmp_path):
        (OWN / "opt/app/state").mkdir()
        write(OWN / "opt/app/state/file", 0o644)
        supervisor = Supervisor(tmp_path / "another", private=(Path("/opt/app/state"),))
        try:
            with sandbox_lab(tmp_path / "more", tmp_path, supervisor) as more:
                folder = more.start(more.spec("sleep", "600", layers=(HOST,), host_folders=("/opt/app",)))
                assert "/opt/app/state/file" not in readable(more, folder)
        finally:
            supervisor.close()


def _huge(etc: Path) -> None:
    with (etc / "huge").open("wb") as file:
        file.truncate(1 << 40)


def _many(etc: Path) -> None:
    (etc / "many").mkdir()
    for number in range(30):
        (etc / f"many/{number}").write_bytes(b"x" * 1_000_000)


def _socket(etc: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(etc / "socket"))


def _hard_link(etc: Path) -> None:
    (etc / "hard").hardlink_to(etc / "first.key")


def _links(etc: Path) -> None:
    os.mkfifo(etc.parent / "fifo")
    for name, target in {
        "loop": "loop",
        "link": "/fifo",
        "soft": "/root/.key",
        "up": "../../../..",
        "folder": "/root",
    }.items():
        (etc / name).symlink_to(target)


def _odd_nodes(etc: Path) -> None:
    os.mkfifo(etc / "fifo")
    os.mknod(etc / "device", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    os.mknod(etc / "gone", stat.S_IFCHR, os.makedev(0, 0))  # a whiteout


def _odd_names(etc: Path) -> None:
    (etc / os.fsdecode(b"\xff\xfe")).mkdir()
    write(etc / "new\nline", 0o644)


def _attributes(etc: Path) -> None:
    os.setxattr(etc / "app", "trusted.overlay.redirect", b"/root")
    os.setxattr(etc.parent / "usr/share/app", "trusted.overlay.redirect", b"/root")
    os.setxattr(etc / "public", "user.note", b"x")


def _programs(etc: Path) -> None:
    write(etc / "program", 0o4755, "x")


ODD: Final = (_huge, _many, _socket, _hard_link, _links, _odd_nodes, _odd_names, _attributes, _programs)


def test_what_lies_in_etc_does_not_matter(tmp_path: Path) -> None:
    with host(tmp_path) as lab:
        write(OWN / "root/.key", 0o600)
        for make in ODD:
            make(OWN / "etc")
        code, text = lab.run("sh", "-c", READ_ALL, layers=(HOST,))
        assert code == 0
        seen = set(text.split("\n"))
        assert "/etc/public" in seen
        assert not {
            path
            for path in seen
            if path.endswith(
                tuple(f"/etc/{name}" for name in ("hard", "soft", "huge", "first.key", "fifo", "device", "link"))
            )
        }
        copied = sum((OWN / path.lstrip("/")).stat().st_size for path in seen if path.startswith("/etc/many/"))
        assert 8_000_000 < copied <= 16 * 1024**2
        code, text = lab.run("sh", "-c", "stat -c %a /etc/program", layers=(HOST,), id="two")
        assert text == "755"


def test_links_of_etc_lead_to_what_they_are_made_for(tmp_path: Path) -> None:
    with host(tmp_path) as lab:
        run = Path("/run") / f"vw-{os.getpid()}"
        for place in (run, OWN / run.relative_to("/")):
            with suppress(FileExistsError):
                place.mkdir(parents=True)
        try:
            write(run / "resolv.conf", 0o644, "nameserver 9.9.9.9\n")
            write(run / "secret", 0o600)
            links = {"resolv.conf": f"..{run}/resolv.conf", "secret": f"{run}/secret", "mtab": "../proc/self/mounts",
                     "localtime": "/usr/share/app/public", "alternatives": "app", "gone": "/nowhere/at/all"}  # fmt: skip
            for name, target in links.items():
                (OWN / "etc" / name).symlink_to(target)
            script = "cd /etc; cat resolv.conf localtime; echo; grep -c ' / overlay' mtab; cat secret gone 2>&1; readlink mtab; readlink gone"
            _, text = lab.run("sh", "-c", script, layers=(HOST,))
        finally:
            subprocess.run(["rm", "-r", str(run)], check=True)
        lines = text.split("\n")
        assert lines[:3] == ["nameserver 9.9.9.9", "public", "1"]
        assert all("No such file" in line for line in lines[3:5])
        assert lines[5:] == ["../proc/self/mounts", "/nowhere/at/all"]


CONTROL: Final = (
    "Package: {0}\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: a test\n{1}"
)


def make_package(folder: Path, name: str, more: str = "") -> None:
    tree = folder / name
    for part in ("DEBIAN", f"usr/share/{name}", "usr/bin", "etc"):
        (tree / part).mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(CONTROL.format(name, more))
    (tree / "DEBIAN/conffiles").write_text(f"/etc/{name}.conf\n")
    (tree / f"etc/{name}.conf").write_text("a=1\n")
    write(tree / f"usr/bin/{name}", 0o755, f"#!/bin/sh\ncat /etc/{name}.conf\n")
    subprocess.run(
        ["dpkg-deb", "--build", "--root-owner-group", tree, folder / f"{name}.deb"],
        check=True,
        stdout=subprocess.DEVNULL,
    )


SCRIPT: Final = """
set -e
apt-get install --yes --no-install-recommends /packages/vw-one.deb /packages/vw-two.deb
vw-one; vw-two
dpkg --verify vw-one vw-two
dpkg --purge vw-two
! test -e /etc/vw-two.conf
update-alternatives --install /usr/bin/vw-three vw-three /usr/bin/vw-one 1
vw-three
ldconfig
useradd --create-home newcomer && echo newcomer:word | chpasswd
"""


def test_package_managers_work_in_a_system_container(sandboxes: SandboxLab, tmp_path: Path) -> None:
    """On the machine's own root: what it has installed is the base of what is installed inside."""
    packages = tmp_path / "packages"
    make_package(packages, "vw-one")
    make_package(packages, "vw-two", "Depends: vw-one, dpkg\n")
    (packages / "script").write_text(SCRIPT)
    point = MountPoint(str(packages), "/packages", read_only=True)
    command = "sh -x /packages/script && echo all went well || echo it failed"
    spec = sandboxes.spec("sh", "-c", command, init="system", layers=(HOST,), mounts=(point,))
    folder = sandboxes.start(spec)
    sandboxes.until(folder, lambda _: sandboxes.text(folder).endswith(("all went well", "it failed")))
    assert sandboxes.text(folder).endswith("all went well"), sandboxes.text(folder)
    assert not Path("/usr/bin/vw-one").exists()
