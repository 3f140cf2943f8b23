"""The interpreter that virtwright runs in, and the libraries it has loaded, can't be changed from inside (CVE-2019-5736 and its relatives)."""

import ast
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox_lab import SandboxLab, sandbox_lab

from virtwright.providers.namespace import read_only_start
from virtwright.providers.namespace.sandbox.spec import HOST, MIB, FileContent, HealthCheck, MountPoint
from virtwright.providers.namespace.supervisor import Supervisor, status
from virtwright.providers.namespace.volumes import filesystem

pytestmark = pytest.mark.root

TOOL = "/usr/local/bin/tool"
ATTACK = """#!/proc/self/exe
import errno, glob, os, sys

def outcome(attempt):
    try:
        attempt()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"

capability = bytes.fromhex("0100000200040000000000000000000000000000")
found = {}
for path in [path for pattern in sys.argv[1:] or ["/proc/self/exe"] for path in glob.glob(pattern)]:
    target = os.readlink(path)
    found[target] = "read-only" if os.statvfs(path).f_flag & os.ST_RDONLY else "writable"
    if "/python/" not in target:
        continue  # a file of the host's own
    attempts = [
        lambda: os.chmod(path, 0o4755),
        lambda: os.setxattr(path, "security.capability", capability),
        lambda: os.utime(path),
        lambda: os.truncate(path, 0),
    ]
    found[target] += " " + " ".join(sorted(set(map(outcome, attempts))))
print(os.readlink("/proc/self/exe"), found, sep="|", flush=True)
"""
"""Run by the interpreter that it is started from, which finds libraries and modules inside: none of them is the host's. Its arguments are patterns of paths."""
REFUSED = "read-only EROFS"


@pytest.fixture
def victim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the interpreter and of its shared library, if it has one, that the shims run from: a test that fails does harm to nothing else."""
    python = tmp_path / "python/bin/python3"
    python.parent.mkdir(parents=True)
    shutil.copy(Path(sys.executable).resolve(), python)
    (tmp_path / "python/pyvenv.cfg").write_text(f"home = {sys.base_prefix}/bin\n")
    libraries = tmp_path / "python/lib"
    libraries.mkdir()
    for library in Path(sys.base_prefix, "lib").glob("libpython*.so.*"):
        shutil.copy(library, libraries)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setitem(read_only_start.ENVIRONMENT, "LD_LIBRARY_PATH", str(libraries))
    return python


@pytest.fixture
def attacked(victim: Path, tmp_path: Path, busybox: Path) -> Iterator[SandboxLab]:
    """Sandboxes whose shims run from ``victim``."""
    supervisor = Supervisor(tmp_path / "cache")
    try:
        with sandbox_lab(tmp_path / "sandboxes", busybox, supervisor) as lab:
            yield lab
    finally:
        supervisor.close()


def attacker(lab: SandboxLab, *argv: str, **fields: Any) -> Any:
    """A container without a user namespace, with the host's libraries and the means to run ``ATTACK``."""
    prefix = MountPoint(sys.base_prefix, sys.base_prefix, read_only=True)
    usual = {
        "layers": (HOST,),
        "user_namespace": False,
        "mounts": (prefix,),
        "files": (FileContent(TOOL, ATTACK, 0o755),),
    }
    return lab.spec(*argv, **{**usual, **fields})


def found(text: str, victim: Path) -> dict[str, str]:
    """What ``ATTACK`` wrote, by the paths that it saw; the first is that of ``victim``, by which it was run."""
    exe, _, outcomes = text.strip().splitlines()[-1].partition("|")
    assert str(victim).endswith(exe), text
    result: dict[str, str] = ast.literal_eval(outcomes)
    return result


def is_refused(text: str, victim: Path) -> bool:
    assert list(found(text, victim).values()) == [REFUSED], text
    return not victim.stat().st_mode & 0o7022


def test_the_program_of_a_container_does_not_change_it(attacked: SandboxLab, victim: Path) -> None:
    folder = attacked.start(attacker(attacked, TOOL))
    attacked.until(folder, lambda now: now.exit_status == 0)
    assert is_refused(attacked.text(folder), victim)


def test_a_health_check_does_not_change_it(attacked: SandboxLab, victim: Path) -> None:
    check = HealthCheck(command=(TOOL,), interval=60)
    folder = attacked.start(attacker(attacked, "sleep", "600", healthcheck=check))
    now = attacked.until(folder, lambda now: now.health == "healthy")
    assert is_refused(now.health_output, victim)


def test_what_is_run_inside_does_not_change_it(
    attacked: SandboxLab, victim: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = attacked.start(attacker(attacked, "sleep", "600"))
    assert attacked.enter(folder, TOOL) == 0
    assert is_refused(capfd.readouterr().out, victim)


def test_a_program_that_may_look_into_others_does_not_change_what_they_have_mapped(
    attacked: SandboxLab, victim: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Process 1 of a system container stays our interpreter, with all its libraries."""
    capabilities = ("CAP_SYS_PTRACE", "CAP_CHECKPOINT_RESTORE")
    folder = attacked.start(attacker(attacked, init="system", capabilities=capabilities))
    attacked.until(folder, lambda now: now.ready)
    places = [f"/proc/1/{name}" for name in ("exe", "map_files/*")]
    assert attacked.enter(folder, TOOL, *places) == 0
    seen = found(capfd.readouterr().out, victim)
    kinds = {Path(path).name.split(".")[0].split("-")[0] for path in seen}
    assert {"python3", "ld", "libc", "_socket"} <= kinds
    assert {outcome for path, outcome in seen.items() if "/python/" in path} == {REFUSED}, seen
    assert {outcome.split()[0] for outcome in seen.values()} == {"read-only"}, seen
    assert not victim.stat().st_mode & 0o7022


def test_the_read_only_mounts_do_not_hold_what_the_host_unmounts(attacked: SandboxLab, tmp_path: Path) -> None:
    disk, target = tmp_path / "disk", tmp_path / "mounted"
    filesystem.make(disk, 16 * MIB, full=False)
    filesystem.mount(disk, target)
    folder = attacked.start(attacked.spec("sleep", "600"))
    filesystem.detach(disk, target)
    assert filesystem.loop_device(disk) is None
    assert status(folder).state == "running"
