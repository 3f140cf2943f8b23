"""Logins: the stack's before Docker's own, and each for its registry alone."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from virtwright.errors import HostError, InputError
from virtwright.providers.docker.images.credentials import Logins
from virtwright.schemas.host import Host


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "config.json"


def _logins(**registries: Any) -> Logins:
    named = {name: {"username": "stack", "password": password} for name, password in registries.items()}
    return Logins(Host.model_validate({"uri": "docker:///", "registries": named}))


def _auth(text: str) -> dict[str, str]:
    return {"auth": base64.b64encode(text.encode()).decode()}


def test_the_stack_s_login_is_for_its_registry(config: Path) -> None:
    logins = _logins(**{"r.example.org": "one", "docker.io": "two"})
    assert logins.at("r.example.org") == {"username": "stack", "password": "one", "serveraddress": "r.example.org"}
    assert logins.at("docker.io")["password"] == "two"
    assert logins.at("other.example.org") == {}
    assert logins.user("other.example.org") == ""


def test_docker_s_own_configuration(config: Path) -> None:
    config.write_text(
        json.dumps({"auths": {"r.example.org": _auth("me:pa:ss"), "https://index.docker.io/v1/": _auth("hub:word")}})
    )
    assert _logins().at("r.example.org")["password"] == "pa:ss"
    assert _logins().at("docker.io")["password"] == "word"
    assert _logins(**{"r.example.org": "mine"}).at("r.example.org")["password"] == "mine"
    assert set(_logins(**{"x.example.org": "x"}).all_plain()) == {
        "r.example.org",
        "https://index.docker.io/v1/",
        "x.example.org",
    }


def test_no_configuration_is_nobody(config: Path) -> None:
    assert _logins().at("r.example.org") == {}


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"auths": {"r.example.org": {"auth": "s3cret!!"}}}', '{"auths": {"a": 1}}']
)
def test_a_configuration_that_is_wrong_is_an_error_without_its_content(config: Path, text: str) -> None:
    config.write_text(text)
    with pytest.raises(InputError, match="configuration can't be read") as raised:
        _logins().at("r.example.org")
    assert raised.value.where.file == str(config)
    assert "s3cret" not in str(raised.value)


def _helper(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = folder / "docker-credential-lab"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_credential_helper_is_asked(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _helper(
        tmp_path,
        monkeypatch,
        """read registry; echo "{\\"Username\\": \\"me\\", \\"Secret\\": \\"for-$registry\\"}" """,
    )
    config.write_text(json.dumps({"credHelpers": {"r.example.org": "lab"}}))
    login = _logins().at("r.example.org")
    assert (login["Username"], login["Password"]) == ("me", "for-r.example.org")
    assert _logins().user("r.example.org") == "me"
    assert _logins().at("other.example.org") == {}


def test_a_credential_helper_that_fails_is_named(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _helper(tmp_path, monkeypatch, "echo the keyring is locked; exit 1")
    config.write_text(json.dumps({"credsStore": "lab"}))
    with pytest.raises(HostError, match=r"credential helper.*the keyring is locked") as raised:
        _logins().at("r.example.org")
    assert "docker-credential-lab get" in str(raised.value.hint)
