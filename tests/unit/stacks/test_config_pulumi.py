"""``Pulumi.<stack>.yaml``: read and written so that ``pulumi`` and virtwright share it."""

import base64
import functools
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from ruamel.yaml import YAML

from virtwright.errors import InputError, SecretsError
from virtwright.schemas.values import Secret
from virtwright.stacks import cipher as module
from virtwright.stacks.base import StackName
from virtwright.stacks.cipher import Cipher
from virtwright.stacks.config_store import ConfigStore
from virtwright.stacks.keys import Keys
from virtwright.stacks.python.load import load_python, open_python_config

PULUMI_SALT = "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ=="
"""From Pulumi's own tests; the passphrase is ``password``."""


@functools.cache
def derived(passphrase: str, salt: bytes) -> bytes:
    """With Pulumi's rounds for its own salt, and few for the others: a million take their time."""
    rounds = 1_000_000 if base64.b64encode(salt).decode() in PULUMI_SALT else 1000
    return hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, rounds, 32)


@pytest.fixture(autouse=True)
def _few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert module.ROUNDS == 1_000_000
    monkeypatch.setattr(module, "_stretch", derived)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("")
    return tmp_path / "Pulumi.yaml"


def store(project: Path, **variables: str) -> ConfigStore:
    keys = Keys({"VIRTWRIGHT_HOME": str(project.parent / "home"), **variables})
    return open_python_config(project, stack="prod", keys=keys)


def written(project: Path) -> Any:
    return YAML(typ="safe").load((project.parent / "Pulumi.prod.yaml").read_text())


def by_pulumi(plaintext: str, passphrase: str, salt: str) -> str:
    """Encrypted with the steps of Pulumi's sources, not with ours."""
    key = derived(passphrase, base64.b64decode(salt.split(":")[1]))
    nonce = os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, plaintext.encode(), None)
    return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"


def opened_by_pulumi(text: str, passphrase: str, salt: str) -> str:
    key = derived(passphrase, base64.b64decode(salt.split(":")[1]))
    version, nonce, sealed = text.split(":")
    assert version == "v1"
    return AESGCM(key).decrypt(base64.b64decode(nonce), base64.b64decode(sealed), None).decode()


def test_a_secret_is_written_as_pulumi_reads_it(project: Path) -> None:
    mine = store(project, PULUMI_CONFIG_PASSPHRASE="password")
    mine.set("token", "s3cret", secret=True)
    mine.set("size", "3")
    held = written(project)
    assert list(held["config"]) == ["shop:token", "shop:size"]
    salt = held["encryptionsalt"]
    assert opened_by_pulumi(held["config"]["shop:token"]["secure"], "password", salt) == "s3cret"
    assert opened_by_pulumi(salt.split(":", 2)[2], "password", salt) == "pulumi"
    assert mine.get("token") == mine.get("shop:token") == Secret("s3cret")


def test_a_generated_key_is_a_passphrase_for_pulumi(project: Path) -> None:
    """So that PULUMI_CONFIG_PASSPHRASE_FILE may name the key file."""
    mine = store(project)
    mine.set("token", "s3cret", secret=True)
    held = written(project)
    passphrase = mine.keys.key_file.read_text().strip()
    assert opened_by_pulumi(held["config"]["shop:token"]["secure"], passphrase, held["encryptionsalt"]) == "s3cret"
    theirs = store(project, PULUMI_CONFIG_PASSPHRASE_FILE=str(mine.keys.key_file))
    assert theirs.get("token") == Secret("s3cret")


def test_a_file_of_pulumi_is_read_and_keeps_its_salt(project: Path) -> None:
    inner = by_pulumi("deep", "password", PULUMI_SALT)
    (project.parent / "Pulumi.prod.yaml").write_text(
        f"secretsprovider: passphrase\nencryptionsalt: {PULUMI_SALT}\nconfig:\n"
        f"  shop:token:\n    secure: {by_pulumi('s3cret', 'password', PULUMI_SALT)}\n"
        f"  shop:rooms:\n    - name: a\n      key:\n        secure: {inner}\n"
        "  aws:region: north\n  shop:count: '3'\n"
    )
    mine = store(project, PULUMI_CONFIG_PASSPHRASE="password", VIRTWRIGHT_PASSPHRASE="of the state")
    assert mine.get("token") == Secret("s3cret")
    assert mine.get("rooms") == [{"name": "a", "key": Secret("deep")}]
    mine.set("more", "hidden", secret=True)
    assert written(project)["encryptionsalt"] == PULUMI_SALT
    assert opened_by_pulumi(written(project)["config"]["shop:more"]["secure"], "password", PULUMI_SALT) == "hidden"
    program = load_python(project, stack="prod", config=[], keys=mine.keys, environment={})
    assert program.name == StackName("shop", "prod")
    assert program.config["shop:token"] == Secret("s3cret") and program.config["aws:region"] == "north"


def test_what_only_virtwright_could_read_is_brought_to_pulumis_form(project: Path) -> None:
    mine = store(project)
    mine.keys.find()
    old = Cipher.from_keys(mine.keys)
    text = old.encrypt("s3cret", "config.token")
    assert text.startswith("v2:") and old.salt.startswith("r1:")
    (project.parent / "Pulumi.prod.yaml").write_text(
        f"# ours\nencryptionsalt: {old.salt}\nconfig:\n  token: {{secure: '{text}'}}  # of the bank\n"
    )
    assert mine.get("token") == Secret("s3cret")
    mine.set("other", "x", secret=True)
    held = written(project)
    passphrase = mine.keys.find().passphrase
    assert opened_by_pulumi(held["config"]["token"]["secure"], passphrase, held["encryptionsalt"]) == "s3cret"
    assert mine.get("token") == Secret("s3cret") and mine.get("other") == Secret("x")
    assert "# ours" in (project.parent / "Pulumi.prod.yaml").read_text()


def test_a_secret_moved_to_another_key_is_refused(project: Path) -> None:
    mine = store(project, PULUMI_CONFIG_PASSPHRASE="password")
    mine.set("password", "s3cret", secret=True)
    mine.set("motd", "hello", secret=True)
    held, path = written(project), project.parent / "Pulumi.prod.yaml"
    moved = held["config"]["shop:password"]["secure"]
    path.write_text(path.read_text().replace(held["config"]["shop:motd"]["secure"], moved))
    with pytest.raises(SecretsError, match="moved here from another key") as raised:
        mine.get("motd")
    assert raised.value.where.line and "s3cret" not in str(raised.value.problem)
    with pytest.raises(SecretsError, match="moved here"):
        load_python(project, stack="prod", config=[], keys=mine.keys, environment={})
    assert mine.get("password") == Secret("s3cret")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("environment: [aws/prod]\n", "environments of Pulumi ESC are not read"),
        ("secretsprovider: awskms://alias/x\nencryptedkey: AAAA\n", "only the secrets provider passphrase"),
        ("config:\n  shop:a: {secure: 'v1:x:y'}\n", "no encryptionsalt"),
        ("encryptionsalt: 3\nconfig: {}\n", "expected text"),
        ("config:\n  shop:a: {secure: [1]}\n", "secure takes an encrypted text"),
        (f"encryptionsalt: {PULUMI_SALT}\nconfig:\n  shop:a: {{secure: }}\n", "secure takes an encrypted text"),
    ],
)
def test_what_only_pulumi_has_is_told(project: Path, text: str, message: str) -> None:
    (project.parent / "Pulumi.prod.yaml").write_text(text)
    mine = store(project)
    with pytest.raises(InputError) as raised:
        mine.set("b", "x", secret=True)
    assert message in str(raised.value.problems)
    with pytest.raises(InputError) as raised:
        load_python(project, stack="prod", config=[], keys=mine.keys, environment={})
    assert message in str(raised.value.problems)
    assert (project.parent / "Pulumi.prod.yaml").read_text() == text


@pytest.mark.parametrize("salt", ["", "v1", "v1:x", "v1::", "v9:AAAA:v1:AAAA:AAAA", PULUMI_SALT[:-6] + "AAAA=="])
def test_a_damaged_salt_is_told_and_the_file_kept(project: Path, salt: str) -> None:
    text = f"encryptionsalt: '{salt}'\nconfig:\n  shop:a: {{secure: 'v1:AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAA'}}\n"
    (project.parent / "Pulumi.prod.yaml").write_text(text)
    with pytest.raises(SecretsError):
        store(project, PULUMI_CONFIG_PASSPHRASE="password").set("b", "x", secret=True)
    assert (project.parent / "Pulumi.prod.yaml").read_text() == text
