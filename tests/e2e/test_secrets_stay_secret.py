"""Secrets in a stack's whole life: found where they have to be, and nowhere else, in whatever form."""

import secrets
from typing import Final

import pytest
from tests.e2e.operator_lab import Operator
from tests.e2e.secret_search import Search, watched
from tests.waiting import until

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
    files:
      - {path: /etc/vault.conf, content: "a = ${config.given}\\n", mode: "0600"}
      - {path: /etc/vault.key, source: KEY, mode: "0600"}
vms:
  db:
    image: host
    memory: 64MiB
    cloud_init:
      write_files:
        - {path: /etc/vault.conf, content: "b = ${config.stored}\\n", mode: "0600"}
        - {path: /etc/vault.key, source: KEY, mode: "0600"}
      runcmd: [[sh, -c, 'test -n "$1" && echo configured', sh, "${config.given}"]]
outputs: {stored: "${config.stored}", address: "x://${config.given}@host"}
"""
GIVEN: Final = "VIRTWRIGHT_CONFIG_GIVEN"


@pytest.mark.slow
def test_a_secret_is_found_only_where_it_has_to_be(operator: Operator) -> None:
    stored, given = (f'S3"{secrets.token_hex(8)}/é&%?\\{secrets.token_hex(8)}' for _ in range(2))
    passphrase = f"vwkey1-{secrets.token_urlsafe(32)}"  # random, as the key file's: it is stretched less often
    lines = [secrets.token_hex(16) for _ in range(2)]
    search = Search(stored, given, passphrase, *lines)
    key = operator.folder.parent / "vault.key"
    key.write_text("\n".join(lines) + "\n")
    operator.write(STACK.replace("KEY", str(key)))
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
    key.write_text("\n".join([*reversed(lines), "more"]) + "\n")
    type("plan", "--out", "vault.plan", "--verbose")
    type("plan", "--json", "--config", "turn=2")
    type("graph")
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
    assert operator.type("exec", "web", "--", "cat", "/etc/vault.key").out == key.read_text()
    _lies_only_in_private_places(operator, search)
    operator.destroy()
    key.unlink()
    assert search.files(operator.runtime.path, operator.home, operator.folder) == set()


_FAILING: Final = """\
stack: vault
hosts: {here: {uri: "HOST"}}
config: {given: {type: string, secret: true}}
containers:
  web:
    image: host
    command: [sleep, "600"]
    environment: {GIVEN: "${config.given}"}
    healthcheck: {command: [sh, -c, 'printf "refused: %s" "$GIVEN"; exit 1'], interval: 100ms, retries: 1}
vms:
  db:
    image: host
    memory: 64MiB
    cloud_init: {runcmd: ["true", [sh, -c, 'printf "using %s" "$1"; exit 3', sh, "${config.given}"]]}
    wait_for: {cloud_init: true, timeout: 60s}
"""


def test_what_fails_with_a_secret_does_not_tell_it(operator: Operator) -> None:
    """Its command line, its output, its health check."""
    given = f'S3"{secrets.token_hex(8)}/é&%?\\{secrets.token_hex(8)}'
    search = Search(given)
    operator.write(_FAILING)
    operator.environment.update({GIVEN: given, "VIRTWRIGHT_PASSPHRASE": f"vwkey1-{secrets.token_urlsafe(32)}"})

    def type(*words: str, code: int | None = 0) -> str:
        answer = operator.type(*words, code=code)
        search.text(" ".join(words), answer.all)
        return answer.all

    assert "runcmd[1] (sh): exited with status 3" in type("apply", "--yes", code=1)
    until("the health check has failed", lambda: "refused:" in type("status", code=None))
    type("status", "--json", code=1)
    type("plan")
    type("plan", "--json", "--verbose")
    assert search.found == set()
    found = search.files(operator.runtime.path)
    assert {path.name for path in found} == {"record.json", "spec.json", "status"}, (
        "of the container; the machine is gone"
    )
    assert all(path.stat().st_mode & 0o077 == 0 for path in found)
    assert search.files(operator.home, operator.folder, operator.temporary, operator.runtime.volatile) == set()


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
    assert {path.name for path in found} <= {"record.json", "spec.json", "vault.conf", "vault.key", *_BOOT_LIST}
    for path in found:
        private = [path, *path.parents][: len(path.relative_to(operator.runtime.path).parts) + 1]
        assert any(each.stat().st_mode & 0o077 == 0 for each in private), path
        if "layer" not in path.parts:
            assert path.stat().st_mode & 0o077 == 0, path


_BOOT_LIST: Final = ("boot.json",)
