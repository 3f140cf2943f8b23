"""Somebody whose home is a folder of the test's, by the account database: what OpenSSH asks, and never ``HOME``."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.private_mounts import LET_GO
from virtwright.providers.namespace.kernel.calls import mount, unshare
from virtwright.providers.namespace.kernel.constants import CLONE_NEWNS, MS_BIND, MS_PRIVATE, MS_REC

VARIABLE: Final = "TEST_ACCOUNTS"
"""Of a process that is to see another account database: its file."""
_DATABASE: Final = "/etc/passwd"
_SEE: Final = f'{LET_GO}; mount --bind "$0" {_DATABASE}; exec "$@"'


def accounts_with(home: Path, file: Path) -> Path:
    """Write an account database in which this user lives in ``home``."""
    lines = [line.split(":") for line in Path(_DATABASE).read_text(encoding="utf-8").splitlines()]
    for fields in lines:
        if fields[2] == str(os.getuid()):
            fields[5] = str(home)
    file.write_text("".join(f"{':'.join(fields)}\n" for fields in lines), encoding="utf-8")
    return file


def see(file: Path) -> None:
    """This process sees this database from now on, and so does what it starts. It gets a mount namespace of its own."""
    unshare(CLONE_NEWNS)
    mount("none", "/", "", MS_REC | MS_PRIVATE)
    subprocess.run(["sh", "-c", LET_GO], check=True, timeout=120)
    mount(str(file), _DATABASE, "", MS_BIND)


def seen_by(file: Path, command: Sequence[str]) -> list[str]:
    """A command whose program sees it."""
    return ["unshare", "--mount", "--propagation=private", "sh", "-c", _SEE, str(file), *command]


def pretend(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """For a test that calls the command line in its own process."""
    fields = tuple(pwd.getpwuid(os.getuid()))
    entry = pwd.struct_passwd((*fields[:5], str(home), fields[6]))
    monkeypatch.setattr(pwd, "getpwuid", lambda _: entry)
