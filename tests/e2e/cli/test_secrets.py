"""No command shows a secret that was not asked for, nor leaves one in a file, in any of its usual forms."""

import base64
import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from tests import fake_scheme
from tests.e2e.cli.conftest import Shop

SECRET = 'hunter2 "&/ñ'


def forms() -> list[bytes]:
    raw = SECRET.encode()
    texts = [SECRET, json.dumps(SECRET)[1:-1], json.dumps(SECRET, ensure_ascii=False)[1:-1], quote(SECRET, safe="")]
    return [text.encode() for text in texts] + [base64.b64encode(raw).rstrip(b"="), raw.hex().encode()]


def found_in(data: bytes) -> list[bytes]:
    return [form for form in forms() if form in data]


COMMANDS = [
    ["validate"],
    ["plan", "--verbose", "--out", "shop.plan"],
    ["plan", "--json"],
    ["apply", "shop.plan", "--yes", "--json"],
    ["plan", "--verbose"],
    ["output"],
    ["output", "--json"],
    ["output", "password"],
    ["show", "web"],
    ["show", "web", "--json"],
    ["status"],
    ["status", "--json"],
    ["graph"],
    ["state", "list", "--json"],
    ["state", "history", "--json"],
    ["state", "export", "--out", "state.json"],
    ["config", "list"],
    ["config", "list", "--json"],
    ["refresh", "--json"],
]


def test_no_output_and_no_file_holds_a_secret(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTWRIGHT_CONFIG_DB_PASSWORD", SECRET)
    shop.edit("image: host", "image: host\n    description: '${config.db_password}'")
    for words in COMMANDS:
        answer = shop.type(*words)
        assert answer.code == 0, (words, answer)
        assert found_in((answer.out + answer.err).encode()) == [], words
    hosts = Path(shop.environment[fake_scheme.FOLDER])
    assert found_in(b"".join(path.read_bytes() for path in hosts.rglob("*.json"))), "the host itself has it"
    for path in shop.folder.parent.rglob("*"):
        if path.is_file() and not path.is_relative_to(hosts):
            assert found_in(path.read_bytes()) == [], path


def test_a_failing_host_that_repeats_the_secret_is_scrubbed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTWRIGHT_CONFIG_DB_PASSWORD", "hunter2-in-a-message")
    monkeypatch.setenv(fake_scheme.FAULT, "create:web:crash")
    for words in (["apply", "--yes"], ["apply", "--yes", "--json"], ["apply", "--yes", "--verbose"]):
        answer = shop.type(*words)
        assert answer.code == 1
        assert "bug in the provider" in answer.out
        assert "hunter2" not in answer.out + answer.err
    assert "hunter2" not in shop.type("state", "history", "--json").out


def test_a_traceback_shows_no_secret(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTWRIGHT_CONFIG_DB_PASSWORD", "hunter2-in-a-traceback")

    def fail(*_: object, **__: object) -> None:
        raise KeyError("hunter2-in-a-traceback")

    monkeypatch.setattr("virtwright.engine.deletion.Deletion.carry_out", fail)
    answer = shop.type("plan", "--verbose")
    assert answer.code == 1
    assert "Traceback" in answer.err
    assert "hunter2" not in answer.out + answer.err


@pytest.mark.parametrize("words", [[], ["--untrusted"]], ids=["trusted", "untrusted"])
def test_no_hash_in_a_saved_plan_can_be_made_without_the_key(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str]
) -> None:
    """Else who reads a plan tries passwords until the hash is the same: plans under two keys must have none in common."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "operator"))
    assert shop.type("operator", "add", "allowed_hosts", "fake://one").code == 0
    monkeypatch.setenv("VIRTWRIGHT_CONFIG_DB_PASSWORD", SECRET)
    shop.edit("image: host", "image: host\n    description: '${config.db_password}'")
    (shop.folder / "key.pem").write_text("the content of a file", encoding="utf-8")
    shop.edit("image: host", "image: host\n    files: [{path: /key.pem, source: key.pem}]")
    hashes = []
    for passphrase in ("one", "two"):
        monkeypatch.setenv("VIRTWRIGHT_PASSPHRASE", passphrase)
        assert shop.type("plan", "--out", "shop.plan", *words).code == 0
        hashes.append(set(re.findall(r"[0-9a-f]{12,}", (shop.folder / "shop.plan").read_text(encoding="utf-8"))))
    assert hashes[0] and hashes[0] & hashes[1] == set()
