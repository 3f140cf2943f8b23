"""Ways out that wait for the operator: for a command that is run inside, a file that is read, an object that is deleted."""

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.escapes.configurations import CONTAINER, UNMAPPED, Configuration
from tests.escapes.outside import Outside
from tests.escapes.probing import spec_of
from tests.escapes.weakened.sandboxes import weakened_lab
from tests.sandbox_lab import SandboxLab
from virtwright.errors import HostError
from virtwright.providers.namespace import inside, read_only_start
from virtwright.providers.namespace.inside import read_file, write_file
from virtwright.providers.namespace.sandbox.spec import FileContent, HealthCheck, MountPoint
from virtwright.providers.namespace.supervisor import remove

pytestmark = pytest.mark.root
WATCH = """
import os, pathlib, time
pathlib.Path("/exchange/watching").touch()
while True:
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            exe = os.readlink(f"/proc/{name}/exe")
            names = [os.readlink(f"/proc/{name}/fd/{fd}") for fd in os.listdir(f"/proc/{name}/fd")]
        except OSError:
            continue
        if "python" in exe:
            pathlib.Path("/exchange/seen").write_text(f"{exe} {names}")
            time.sleep(600)
"""
"""Looks at every process inside, until one is the interpreter that enters: the commands that are run here are none."""


RIGHTS = """
import os, pathlib, time
FIELDS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp")
def rights(name):
    lines = pathlib.Path(f"/proc/{name}/status").read_text().splitlines()
    return [line for line in lines if line.partition(":")[0] in FIELDS]
own = rights("self")
pathlib.Path("/exchange/watching").touch()
while True:
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open(f"/proc/{name}/mem", "r+b"):
                found = rights(name)
            if found and found != own:
                pathlib.Path("/exchange/seen").write_text(f"{name} {found} {own}")
                time.sleep(600)
        except OSError:
            continue
"""
"""Opens the memory of every process inside to write into it, until one has other rights than a program of the container."""


def watched(
    lab: SandboxLab, host: Outside, configuration: Configuration, times: int, watch: str = WATCH, **fields: Any
) -> str:
    """What a container sees of the processes that enter it (CVE-2016-9962, CVE-2016-8649)."""
    for name in ("watching", "seen"):
        (host.exchange / name).unlink(missing_ok=True)
    spec = spec_of(lab, host, configuration, id="watched", argv=("/usr/bin/python3", "-c", watch), **fields)
    folder = lab.start(spec)
    lab.until(folder, lambda _: (host.exchange / "watching").exists())
    for _ in range(times):
        assert lab.enter(folder, "true") == 0
    if "healthcheck" in fields:
        lab.until(folder, lambda now: now.health == "healthy")
    remove(folder)
    seen = host.exchange / "seen"
    return seen.read_text() if seen.exists() else ""


@pytest.mark.parametrize("configuration", [CONTAINER, UNMAPPED], ids=lambda each: each.name)
def test_what_enters_is_not_looked_at_cve_2016_9962(
    host: Outside, sandboxes: SandboxLab, configuration: Configuration
) -> None:
    assert watched(sandboxes, host, configuration, 5) == ""


def test_what_enters_is_looked_at_where_it_may_be(host: Outside) -> None:
    with weakened_lab(host, ["undumpable"]) as lab:
        assert "python" in watched(lab, host, UNMAPPED, 2)


TRACER = Configuration("tracer", {"capabilities": ("CAP_SYS_PTRACE",)}, mapped=False)
"""May look into every process that it sees, whatever that one hides."""


@pytest.mark.parametrize("defence", ["rights given up before", None])
def test_what_enters_never_has_more_rights_than_the_container(host: Outside, defence: str | None) -> None:
    """By ``exec``."""
    with weakened_lab(host, [] if defence is None else [defence]) as lab:
        assert (watched(lab, host, TRACER, 20 if defence is None else 2, RIGHTS) != "") == (defence is not None)


@pytest.mark.parametrize("defence", ["rights given up before", None])
def test_a_health_check_never_has_more_rights_than_the_container(host: Outside, defence: str | None) -> None:
    check = HealthCheck(("true",), interval=0.05)
    with weakened_lab(host, [] if defence is None else [defence]) as lab:
        seen = watched(lab, host, TRACER, 20 if defence is None else 2, RIGHTS, healthcheck=check)
    assert (seen != "") == (defence is not None)


TOOL = """#!/proc/self/exe
import os
os.chmod("/proc/self/exe", 0o4755)
"""


@pytest.mark.parametrize("read_only", [True, False], ids=["read-only mounts", "writable mounts"])
def test_the_interpreter_is_written_where_its_mounts_are_not_read_only(
    host: Outside, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, read_only: bool
) -> None:
    """CVE-2019-5736: a script inside that names ``/proc/self/exe`` is run by what runs it, here a copy of the host's Python."""
    python = tmp_path / "bin/python3"
    python.parent.mkdir()
    shutil.copy(Path(sys.executable).resolve(), python)
    (tmp_path / "pyvenv.cfg").write_text(f"home = {sys.base_prefix}/bin\n")
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setitem(read_only_start.ENVIRONMENT, "LD_LIBRARY_PATH", f"{sys.base_prefix}/lib")
    if not read_only:
        monkeypatch.setattr(read_only_start, "make_all_read_only", lambda: None)
    prefix = MountPoint(sys.base_prefix, sys.base_prefix, read_only=True)
    with weakened_lab(host, []) as lab:
        spec = spec_of(lab, host, UNMAPPED, id="tool", files=(FileContent("/usr/local/bin/tool", TOOL, 0o755),))
        folder = lab.start(replace(spec, argv=("sleep", "600"), mounts=(*spec.mounts, prefix)))
        assert (lab.enter(folder, "/usr/local/bin/tool") == 0) != read_only
    assert bool(python.stat().st_mode & 0o4000) != read_only


def test_links_inside_are_followed_inside_cve_2018_15664(
    host: Outside, sandboxes: SandboxLab, busybox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that are read and written for the operator; where links are followed as the host follows them, the secret is read."""
    folder = sandboxes.start(sandboxes.spec("sleep", "600", id="links", layers=(str(busybox),)))
    secret = Path(host.facts.secret)
    targets = {"plain": str(secret), "climbing": "../" * 20 + str(secret)}
    for name, target in targets.items():
        assert sandboxes.enter(folder, "ln", "-s", target, f"/tmp/{name}") == 0
    assert sandboxes.enter(folder, "ln", "-s", f"/proc/1/root{secret}", "/tmp/proc") == 0
    with pytest.raises(HostError, match="could not read /tmp/proc inside"):
        read_file(folder, "/tmp/proc")
    before = secret.stat().st_mtime_ns
    assert [read_file(folder, f"/tmp/{name}") for name in targets] == [None] * len(targets)
    for name in targets:
        write_file(folder, FileContent(f"/tmp/{name}", "inside"))
        found = read_file(folder, f"/tmp/{name}")
        assert found is not None
        assert found.content == b"inside"
    assert secret.stat().st_mtime_ns == before
    monkeypatch.setattr(inside, "open_file", followed)
    found = read_file(folder, "/tmp/plain")
    assert found is not None
    assert found.content == secret.read_bytes()


def followed(root: int, path: str) -> int:
    """As the host follows it."""
    return os.open(path.lstrip("/"), os.O_RDONLY, dir_fd=root)


def test_what_links_lead_to_outlives_a_deletion_cve_2017_1002102(
    host: Outside, sandboxes: SandboxLab, busybox: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("of the host")
    script = f"mkdir -p /a/b; ln -s {kept} /a/b/link; ln -s {kept}/file /a/file; ln -s / /a/root; sleep 600"
    folder = sandboxes.start(sandboxes.spec("sh", "-c", script, id="deleted", layers=(str(busybox),)))
    link = folder / "layer/upper/a/b/link"
    sandboxes.until(folder, lambda _: (folder / "layer/upper/a/root").is_symlink())
    assert (link / "file").read_text() == "of the host"  # whoever follows it gets there
    remove(folder)
    assert not link.is_symlink()
    assert (kept / "file").read_text() == "of the host"


def test_a_false_proc_gives_no_rights_to_what_enters_cve_2015_1334(sandboxes: SandboxLab, busybox: Path) -> None:
    """A container that may mount lays something of its own over /proc: who enters must not believe it."""
    options: dict[str, Any] = {"capabilities": ("CAP_SYS_ADMIN",), "drop_capabilities": ("CAP_NET_RAW",)}
    script = """
        cat /proc/self/status > /status; mount -t tmpfs none /proc; mkdir -p /proc/self/fd /proc/sys/kernel /proc/1/ns
        cp /status /proc/self/status; echo 0 > /proc/sys/kernel/cap_last_cap; touch /ready; sleep 600
    """
    folder = sandboxes.start(sandboxes.spec("sh", "-c", script, id="false-proc", layers=(str(busybox),), **options))
    sandboxes.until(folder, lambda _: (folder / "layer/upper/ready").exists())
    look = "mkdir -p /new; mount -t proc proc /new; diff /status /new/self/status | grep -E 'Cap(Prm|Eff|Bnd)|NoNewPrivs|Seccomp:'"
    assert sandboxes.enter(folder, "sh", "-c", look) == 1
