"""Class G of the bad inputs, the state's half: no file that the state writes holds a secret, in any spelling."""

import base64
import json
import subprocess
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.states import NAME, commit, keys_in, open_store, operation, resource

from virtwright.engine.state.export import export_state, show
from virtwright.engine.state.records import Changes, RunRecord
from virtwright.errors import SecretsError, StateError, VirtwrightError
from virtwright.schemas.values import Secret

SECRETS = ["hunter2-%/+ü\"\\\n'", "p@ss word&<x>", "0123456789abcdef" * 4]


def _spellings(secret: str) -> Iterator[bytes]:
    raw = secret.encode()
    yield raw
    yield json.dumps(secret)[1:-1].encode()
    yield json.dumps(secret, ensure_ascii=False)[1:-1].encode()
    yield json.dumps(json.dumps(secret))[1:-1].encode()
    yield urllib.parse.quote(secret, safe="").encode()
    yield urllib.parse.quote_plus(secret).encode()
    yield raw.hex().encode()
    yield repr(secret)[1:-1].encode()
    for shift in range(3):  # base64 of a text that holds it, at each alignment, without the ends that others share
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(bytes(shift) + raw)[4:].rstrip(b"=")[:-1]


def _fill(home: Path) -> None:
    values = {f"s{number}": Secret(secret) for number, secret in enumerate(SECRETS)}
    with open_store(home) as store:
        state = store.stack(NAME, create=True)
        for name in ("a", "b", "c"):
            record = resource(name, inputs={"deep": [values]}, outputs=values, inputs_hash=state.cipher.mac(b"x"))
            op = operation(name, inputs=values)
            run = RunRecord(id=name, command="apply", started="x", who="me")
            commit(state, Changes(begin=(op,), runs=(run,), outputs=values))
            commit(state, Changes(end=(op.id,), put=(record,)))
            (home / f"export-{name}.json").write_text(json.dumps(export_state(state)))
            (home / f"show-{name}.json").write_text(json.dumps(show(record)) + repr(record) + repr(op))
        for path in home.glob("state.db-*"):
            (home / f"copy-of-{path.name}").write_bytes(path.read_bytes())


def test_no_file_holds_a_secret_in_any_spelling(tmp_path: Path) -> None:
    home = tmp_path / "home"
    _fill(home)
    files = [path for path in home.rglob("*") if path.is_file()]
    assert {"copy-of-state.db-wal", "state.db", "export-a.json"} <= {path.name for path in files}
    assert any(path.parent.name == "state.db.backups" for path in files)
    for path in files:
        data = path.read_bytes()
        for secret in SECRETS:
            found = [spelling for spelling in _spellings(secret) if spelling in data]
            assert not found, f"{path.name} holds {found}"


def test_the_search_finds_what_is_in_clear(tmp_path: Path) -> None:
    """The search above can fail: the same values without ``Secret`` around them are found."""
    with open_store(tmp_path) as store:
        commit(store.stack(NAME, create=True), Changes(put=(resource("a", inputs={"p": SECRETS[0]}),)))
    data = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert any(spelling in data for spelling in _spellings(SECRETS[0]))


def test_the_key_is_in_the_key_file_only(tmp_path: Path) -> None:
    _fill(tmp_path)
    key = keys_in(tmp_path).find().passphrase.encode()
    holders = [path.name for path in tmp_path.rglob("*") if path.is_file() and key in path.read_bytes()]
    assert holders == ["key"]


def test_errors_about_damaged_secrets_show_none(tmp_path: Path) -> None:
    _fill(tmp_path)
    script = "UPDATE resource SET inputs = replace(inputs, 'v2:', 'v2:A'), checksum = checksum + 1"
    subprocess.run(["python3", "-c", _RUN, str(tmp_path / "state.db"), script], check=True)
    with open_store(tmp_path) as store:
        error: VirtwrightError
        with pytest.raises((StateError, SecretsError)) as caught:
            store.stack(NAME).resources()
        error = caught.value
    text = f"{error} {error.hint} {error.where} {error.__cause__!r}"
    assert not any(spelling.decode(errors="replace") in text for secret in SECRETS for spelling in _spellings(secret))


_RUN = "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.execute(sys.argv[2]); d.commit()"
