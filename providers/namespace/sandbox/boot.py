"""The boot list of a system container: cloud-init's typed fields carried out, inside."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.sandbox import files, identity, program, users
from virtwright.providers.namespace.sandbox.spec import BootAction, FileContent

_INSTALLERS: Final = {
    "apt-get": (("apt-get", "update"), ("apt-get", "install", "--yes", "--no-install-recommends")),
    "apk": (("apk", "add", "--no-cache"),),
    "dnf": (("dnf", "install", "--assumeyes"),),
    "zypper": (("zypper", "--non-interactive", "install"),),
    "pacman": (("pacman", "-Sy", "--noconfirm"),),
}


PER_BOOT: Final = "/var/lib/cloud/scripts/per-boot"
"""Where cloud-init keeps what runs at every start, before the commands of the first one.
Source: cloud-init's documentation, "Scripts per boot"."""


def run(actions: Sequence[BootAction], env: dict[str, str], *, first: bool) -> None:
    """What is due at the first start, or at a later one: then only what the first one has written to ``PER_BOOT``.

    Raises ``SandboxError`` or ``OSError`` for the first action that fails; the rest is not tried.
    """
    if first:
        _run([action for action in actions if action.op != "run"], env)
    for script in per_boot(actions):
        execute(script, (script,), env)
    if first:
        _run([action for action in actions if action.op == "run"], env)


def per_boot(actions: Sequence[BootAction]) -> list[str]:
    """The scripts for every start, in the order of their names. What else lies in the folder may be the host's own."""
    files = [action.file for action in actions if action.op == "write_file" and action.file]
    return sorted(file.path for file in files if str(Path(file.path).parent) == PER_BOOT and file.mode & 0o111)


def _run(actions: Sequence[BootAction], env: dict[str, str]) -> None:
    for index, action in enumerate(actions):
        if action.op == "write_file" and action.file:
            write_file(action.file)
        elif action.op == "add_user":
            users.add(action)
        elif action.op == "install":
            install(action.packages, env)
        else:
            execute(f"runcmd[{index}] ({action.argv[0]})", action.argv, env, background=action.background)


def write_file(file: FileContent) -> None:
    """Write or replace the file (see ``files.put``). Raises ``OSError``, and ``SandboxError`` for an owner who is not there."""
    owner = None
    if file.owner:
        who = identity.resolve(file.owner)
        owner = (who.uid, who.gid)
    files.put(file.path, file.content, file.mode, owner)


def install(packages: Sequence[str], env: dict[str, str]) -> None:
    for name, commands in _INSTALLERS.items():
        if _is_found(name, env.get("PATH", os.defpath)):
            quiet = {**env, "DEBIAN_FRONTEND": "noninteractive"}
            for command in commands[:-1]:
                execute(" ".join(command), command, quiet)
            execute(" ".join((*commands[-1], *packages)), (*commands[-1], *packages), quiet)
            return
    raise SandboxError(f"can't install {', '.join(packages)}: there is none of {', '.join(_INSTALLERS)} in the image")


def _is_found(name: str, path: str) -> bool:
    return any(os.access(f"{folder}/{name}", os.X_OK) for folder in path.split(":"))


def execute(name: str, argv: Sequence[str], env: dict[str, str], *, background: bool = False) -> None:
    """``name`` is what it is called where it fails: its arguments may hold secrets. Raises ``SandboxError``."""
    pid = os.fork()
    if pid == 0:
        try:
            if background:
                os.setsid()
            program.execute(tuple(argv), env)
        except SandboxError as error:
            os.write(2, f"{error.message}\n".encode())
        finally:
            os._exit(127)
    if background:
        return
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status:
        ended = f"was ended by signal {-status}" if status < 0 else f"exited with status {status}"
        raise SandboxError(f"{name}: {ended}")
