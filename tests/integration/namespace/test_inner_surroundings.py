"""What a program inside finds around itself: nothing of the operator's, whichever way it was begun."""

import os
import sys
from pathlib import Path
from typing import Final

import pytest
from tests.desk import Desk
from tests.sandbox_lab import SandboxLab
from tests.waiting import until

from virtwright.providers.namespace.inside import read_file
from virtwright.providers.namespace.sandbox.spec import BootAction, HealthCheck, SandboxSpec

pytestmark = pytest.mark.root

_RECORD: Final = """
exec 2>/dev/null; umask >/tmp/$1.umask; cut -d' ' -f7 /proc/$$/stat >/tmp/$1.terminal
tr '\\0' '\\n' </proc/$$/cmdline >/tmp/$1.argv; tr '\\0' '\\n' </proc/$$/environ >/tmp/$1.environ
(echo typed for the operator >/dev/tty) && echo open >/tmp/$1.tty; touch /tmp/$1.done; exec sleep "${2:-0}"
"""
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_EXPECTED: Final = {"PATH": _PATH, "HOME": "/root", "HOSTNAME": "inner", "GIVEN": "by the stack"}
_OPERATORS: Final = {
    "HOME": "/home/operator", "PATH": os.environ["PATH"], "AWS_SECRET_ACCESS_KEY": "s3cret", "SSH_AUTH_SOCK": "/agent",
    "VIRTWRIGHT_PASSPHRASE": "s3cret", "TERM": "vt102", "LC_ALL": "C.UTF-8", "PYTHONPATH": "/nowhere", "LD_LIBRARY_PATH": "/nowhere",
}  # fmt: skip


def _record(name: str, seconds: int = 0) -> tuple[str, ...]:
    return ("/bin/sh", "-c", _RECORD, "sh", name, str(seconds))


def _at(desk: Desk, sandboxes: SandboxLab, folder: Path, code: str) -> None:
    """Run as an operator at ``desk`` would, with an environment of the operator's own, and a narrow umask."""
    lines = (
        "import os, sys; from pathlib import Path",
        "from virtwright.providers.namespace.inside import enter",
        "from virtwright.providers.namespace.sandbox.spec import SandboxSpec",
        "from virtwright.providers.namespace.supervisor import Supervisor",
        f"os.umask(0o077); supervisor = Supervisor(Path({str(sandboxes.folder / 'cache')!r})); folder = Path({str(folder)!r})",
        code,
    )
    program = [sys.executable, "-c", "\n".join(lines)]
    here = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    assert desk.start(program, environment={**_OPERATORS, **here}).wait(120) == 0


def _text(folder: Path, name: str) -> str:
    found = read_file(folder, f"/tmp/{name}")
    return "" if found is None else found.content.decode()


def _is_strange_to_the_operator(folder: Path, name: str, *, own_terminal: bool = False, **more: str) -> None:
    until(f"{name} has told", lambda: read_file(folder, f"/tmp/{name}.done"))
    environment = dict(line.split("=", 1) for line in _text(folder, f"{name}.environ").split("\n") if line)
    assert environment == {**_EXPECTED, **more}, name
    assert _text(folder, f"{name}.argv").split("\n")[:2] == ["/bin/sh", "-c"]
    assert _text(folder, f"{name}.umask") == "0022\n", name
    assert (_text(folder, f"{name}.terminal") != "0\n") == own_terminal, name
    assert (_text(folder, f"{name}.tty") == "open\n") == own_terminal, name


def _started(desk: Desk, sandboxes: SandboxLab, spec: SandboxSpec) -> Path:
    folder = sandboxes.adopt(Path(spec.folder))
    _at(desk, sandboxes, folder, f"supervisor.start(SandboxSpec.from_json({spec.to_json()!r}))")
    return folder


def test_a_container_its_commands_and_its_health_checks(sandboxes: SandboxLab) -> None:
    check = HealthCheck(_record("health"))
    spec = sandboxes.spec(*_record("first", 600), env={"GIVEN": "by the stack"}, hostname="inner", healthcheck=check)
    with Desk() as desk:
        folder = _started(desk, sandboxes, spec)
        _at(desk, sandboxes, folder, f"enter(supervisor, folder, {_record('exec')!r})")
        _at(desk, sandboxes, folder, f"enter(supervisor, folder, {_record('input')!r}, interactive=True)")
        _at(desk, sandboxes, folder, f"enter(supervisor, folder, {_record('tty')!r}, interactive=True, tty=True)")
    for name in ("first", "health", "exec", "input"):
        _is_strange_to_the_operator(folder, name)
    _is_strange_to_the_operator(folder, "tty", own_terminal=True, TERM="vt102")


def test_a_system_container_and_its_boot_list(sandboxes: SandboxLab) -> None:
    boot = (BootAction("run", argv=_record("boot")), BootAction("run", argv=_record("background"), background=True))
    spec = sandboxes.spec(env={"GIVEN": "by the stack"}, hostname="inner", init="system", boot=boot)
    with Desk() as desk:
        folder = _started(desk, sandboxes, spec)
        _is_strange_to_the_operator(folder, "background")
        seen = "cat /proc/1/cmdline; cat /proc/1/environ /proc/1/auxv /proc/1/maps; ls -l /proc/1/exe /proc/1/cwd"
        _at(desk, sandboxes, folder, f"enter(supervisor, folder, ['sh', '-c', '({seen}) >/tmp/first 2>&1'])")
        text = desk.taken()
    _is_strange_to_the_operator(folder, "boot", own_terminal=True)
    assert "typed for the operator" in sandboxes.text(folder), "its terminal is the console of the container"
    assert "typed for the operator" not in text
    first = _text(folder, "first")
    assert first.startswith("init")
    assert not [word for word in ("s3cret", "operator", str(sys.prefix), "shim") if word in first], first
