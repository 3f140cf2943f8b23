"""Secrets in a stack's whole life: found where they have to be, and nowhere else, in whatever form."""

import base64
import json
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus

import pytest
from tests.e2e.operator_lab import Operator

pytestmark = pytest.mark.root

STACK: Final = """\
stack: vault
hosts: {here: {uri: "HOST"}}
config:
  stored: {type: string, secret: true}
  given: {type: string, secret: true}
  turn: {type: integer, default: 1}
containers:
  web:
    image: host
    command: [sh, -c, "echo begun; exec sleep 600"]
    environment: {STORED: "${config.stored}", BOTH: "${config.stored}+${config.given}", TURN: "${config.turn}"}
    files: [{path: /etc/vault.conf, content: "a = ${config.given}\\n", mode: "0600"}]
vms:
  db:
    image: host
    memory: 64MiB
    cloud_init:
      write_files: [{path: /etc/vault.conf, content: "b = ${config.stored}\\n", mode: "0600"}]
      runcmd: [[sh, -c, 'test -n "$1" && echo configured', sh, "${config.given}"]]
outputs: {stored: "${config.stored}", address: "x://${config.given}@host"}
"""
GIVEN: Final = "VIRTWRIGHT_CONFIG_GIVEN"


def forms(secret: str) -> set[bytes]:
    """What a secret may look like in text of any kind. Of base64, the part that no neighbour changes."""
    found = {secret, quote(secret), quote_plus(secret), quote(secret, safe="")}
    found |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    data = secret.encode()
    encoded = {base64.b64encode(b"\0" * shift + data)[8 if shift else 0 : -4] for shift in range(3)}
    return (
        {text.encode() for text in found}
        | encoded
        | {each.translate(_URL_SAFE) for each in encoded}
        | {data.hex().encode()}
    )


_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


class Search:
    """Looks for secrets, and remembers where one was."""

    def __init__(self, *secret: str) -> None:
        self._forms = {form for each in secret for form in forms(each)}
        self.found: set[str] = set()

    def text(self, where: str, data: str | bytes) -> None:
        raw = data.encode() if isinstance(data, str) else data
        if any(form in raw for form in self._forms):
            self.found.add(where)

    def files(self, *places: Path) -> set[Path]:
        """The files below ``places``, on their own file system, that hold a secret or have one in their name."""
        return {path for place in places for path in _walk(place) if self._holds(path)}

    def _holds(self, path: Path) -> bool:
        try:
            data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        except OSError:
            return False
        return any(form in data or form in os.fsencode(path) for form in self._forms)

    def processes(self, *except_for: int) -> None:
        """Command lines and environments outside of containers."""
        own = Path("/proc/self/ns/pid").readlink()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if int(folder.name) in except_for or (folder / "ns/pid").readlink() != own:
                    continue
                for name in ("cmdline", "environ"):
                    self.text(f"{name} of {(folder / 'cmdline').read_bytes()!r}", (folder / name).read_bytes())
            except OSError:
                continue


def _walk(place: Path) -> Iterator[Path]:
    device = place.lstat().st_dev
    for parent, folders, names in os.walk(place):
        folders[:] = [name for name in folders if Path(parent, name).lstat().st_dev == device]
        yield from (Path(parent, name) for name in names)


@contextmanager
def watched(search: Search, operator: Operator, pid: int) -> Iterator[None]:
    """Look through processes and temporary files again and again. ``pid`` was given a secret in its environment."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            search.processes(pid)
            search.found |= {str(path) for path in search.files(operator.temporary)}

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_secret_is_found_only_where_it_has_to_be(operator: Operator) -> None:
    stored, given = (f'S3"{secrets.token_hex(8)}/é&%?\\{secrets.token_hex(8)}' for _ in range(2))
    passphrase = f"vwkey1-{secrets.token_urlsafe(32)}"  # random, as the key file's: it is stretched less often
    search = Search(stored, given, passphrase)
    operator.write(STACK)
    operator.environment.update({GIVEN: given, "VIRTWRIGHT_PASSPHRASE": passphrase})

    def type(*words: str, code: int = 0, stdin: str | None = None) -> str:
        answer = operator.type(*words, code=code, stdin=stdin)
        search.text(" ".join(words), answer.all)
        return answer.all

    type("config", "set", "stored", "--secret", stdin=f"{stored}\n")
    type("plan", "--out", "vault.plan", "--verbose")
    process = operator.start("apply", "--yes", "--json", "--verbose")
    with watched(search, operator, process.pid):
        out, err = process.communicate(timeout=120)
    search.text("apply --json", out + err)
    assert process.returncode == 0, err
    type("apply", "--yes", "--config", "turn=2", "--verbose")
    for words in (
        "output",
        "show web",
        "show db --json",
        "state export --out state.json",
        "state history --json",
        "logs web db",
    ):
        type(*words.split())
    search.processes()
    assert search.found == set()
    _is_delivered(operator, stored, given)
    _lies_only_in_private_places(operator, search)
    operator.destroy()
    assert search.files(operator.runtime.path, operator.home, operator.folder) == set()


def _is_delivered(operator: Operator, stored: str, given: str) -> None:
    assert (
        operator.type("exec", "web", "--", "sh", "-c", 'printf %s "$BOTH"; cat /etc/vault.conf').out
        == f"{stored}+{given}a = {given}\n"
    )
    assert operator.type("exec", "db", "--", "cat", "/etc/vault.conf").out == f"b = {stored}\n"
    assert "configured" in operator.type("logs", "db").out
    assert operator.type("output", "stored", "--show-secrets").out == f"{stored}\n"


def _lies_only_in_private_places(operator: Operator, search: Search) -> None:
    """Neither in state, backups, plans nor exports; on the host only what starts the containers, for root alone."""
    assert search.files(operator.home, operator.folder, operator.temporary, operator.runtime.volatile) == set()
    found = search.files(operator.runtime.path)
    assert {path.name for path in found} >= {"record.json", "spec.json", "vault.conf"}, "the search finds what is there"
    assert {path.name for path in found} <= {"record.json", "spec.json", "vault.conf", *_BOOT_LIST}
    for path in found:
        private = [path, *path.parents][: len(path.relative_to(operator.runtime.path).parts) + 1]
        assert any(each.stat().st_mode & 0o077 == 0 for each in private), path
        if "layer" not in path.parts:
            assert path.stat().st_mode & 0o077 == 0, path


_BOOT_LIST: Final = ("boot.json",)
