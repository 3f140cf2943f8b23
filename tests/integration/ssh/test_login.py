"""Logging in: agent, key files, certificates, passwords; and what is said where it fails."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.ssh_lab import PASSWORD, USER, SshServer, keygen
from tests.waiting import until

from virtwright.providers.ssh.connection import SshConnection
from virtwright.providers.ssh.errors import LoginError, SshError
from virtwright.providers.ssh.shell import Shell
from virtwright.providers.ssh.target import SshTarget

pytestmark = pytest.mark.root


def _whoami(target: SshTarget) -> str:
    with SshConnection.open(target) as connection:
        return connection.run(["id", "-un"]).stdout.strip()


@contextmanager
def ssh_agent(folder: Path) -> Iterator[str]:
    """A real agent; gives its socket."""
    path = str(folder / "agent")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    try:
        while not Path(path).exists():
            assert process.poll() is None
        yield path
    finally:
        process.terminate()
        process.wait(120)


def _add(agent: str, key: Path, passphrase: str = "") -> None:
    """``ssh-add`` asks a program for the passphrase where it has no terminal."""
    asker = key.with_name("asker")
    asker.write_text(f"#!/bin/sh\necho '{passphrase}'\n")
    asker.chmod(0o700)
    more = {"SSH_AUTH_SOCK": agent, "SSH_ASKPASS": str(asker), "SSH_ASKPASS_REQUIRE": "force"}
    subprocess.run(
        ["ssh-add", "-q", str(key)], env={**os.environ, **more}, check=True, timeout=120, capture_output=True
    )


@pytest.fixture(scope="module")
def passwords(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    options = {"PasswordAuthentication": "yes", "MaxAuthTries": "4"}
    with SshServer(tmp_path_factory.mktemp("passwords") / "it", options) as server:
        yield server


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_key_in_a_file(server: SshServer, tmp_path: Path, kind: str) -> None:
    key = keygen(tmp_path / "key", kind)
    server.authorize(key)
    assert _whoami(server.target(identity_files=(str(key),))) == "root"
    assert _whoami(server.target(identity_files=(str(key),), user=USER)) == USER
    assert _whoami(server.target(identity_files=(), default_identity_files=(str(key),))) == "root"


def test_a_locked_key_wants_an_agent(server: SshServer, tmp_path: Path) -> None:
    key = keygen(tmp_path / "key", passphrase="open sesame")
    server.authorize(key)
    locked = server.target(identity_files=(str(key),))
    with pytest.raises(LoginError, match=f"locked by a passphrase: {key}") as caught:
        _whoami(locked)
    assert f"ssh-add {key}" in (caught.value.hint or "")
    with ssh_agent(tmp_path) as agent:
        with pytest.raises(LoginError, match="locked"):
            _whoami(server.target(identity_files=(str(key),), agent=agent))
        _add(agent, key, "open sesame")
        assert _whoami(server.target(identity_files=(str(key),), agent=agent)) == "root"
        assert _whoami(server.target(identity_files=(), agent=agent)) == "root"
        assert _whoami(server.target(identity_files=(str(key),), agent=agent, identities_only=True)) == "root"


def test_an_agent_that_is_gone_is_named_and_does_no_harm(server: SshServer, tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    assert _whoami(server.target(agent=gone)) == "root"
    with pytest.raises(LoginError, match=f"the agent at {gone}: .*No such file"):
        _whoami(server.target(agent=gone, identity_files=()))


def test_the_named_key_is_tried_before_the_agents_many(passwords: SshServer, tmp_path: Path) -> None:
    with ssh_agent(tmp_path) as agent:
        for number in range(6):
            _add(agent, keygen(tmp_path / f"key{number}"))
        assert _whoami(passwords.target(agent=agent)) == "root"
        with pytest.raises(LoginError, match="refused the login") as caught:
            _whoami(passwords.target(agent=agent, identity_files=()))
        assert "identity_file" in (caught.value.hint or "")


def test_a_certificate(server: SshServer, tmp_path: Path) -> None:
    authority, key = keygen(tmp_path / "authority"), keygen(tmp_path / "key")
    server.authorize(authority, "cert-authority")
    argv = ["ssh-keygen", "-q", "-s", str(authority), "-I", "me", "-n", "root", f"{key}.pub"]
    subprocess.run(argv, check=True, timeout=120, capture_output=True)
    assert _whoami(server.target(identity_files=(str(key),))) == "root"
    moved = tmp_path / "elsewhere"
    (tmp_path / "key-cert.pub").rename(moved)
    assert _whoami(server.target(identity_files=(str(key),), certificate_files=(str(moved),))) == "root"
    with pytest.raises(LoginError):
        _whoami(server.target(identity_files=(str(key),)))


def test_a_certificate_in_the_agent(server: SshServer, tmp_path: Path) -> None:
    authority, key = keygen(tmp_path / "authority"), keygen(tmp_path / "key")
    server.authorize(authority, "cert-authority")
    argv = ["ssh-keygen", "-q", "-s", str(authority), "-I", "me", "-n", "root", f"{key}.pub"]
    subprocess.run(argv, check=True, timeout=120, capture_output=True)
    with ssh_agent(tmp_path) as agent:
        _add(agent, key)
        assert _whoami(server.target(identity_files=(), agent=agent)) == "root"


def test_a_password(passwords: SshServer) -> None:
    assert _whoami(passwords.target(identity_files=(), password=PASSWORD)) == "root"
    assert _whoami(passwords.target(identity_files=(), password=PASSWORD, user=USER)) == USER
    with pytest.raises(LoginError, match="took none of: the password; it allows publickey, password") as caught:
        _whoami(passwords.target(identity_files=(), password="wrong horse"))
    assert "wrong horse" not in str(caught.value.problem)


def test_a_key_and_a_password(tmp_path: Path) -> None:
    options = {"PasswordAuthentication": "yes", "AuthenticationMethods": "publickey,password"}
    with SshServer(tmp_path / "sshd", options) as server:
        assert _whoami(server.target(password=PASSWORD)) == "root"
        with pytest.raises(LoginError, match="it allows password"):
            _whoami(server.target())


def test_nothing_to_offer(server: SshServer, passwords: SshServer, tmp_path: Path) -> None:
    with pytest.raises(LoginError, match="there was nothing to offer it; it allows publickey"):
        _whoami(server.target(identity_files=()))
    with pytest.raises(LoginError, match=re.escape(f"not usable: {tmp_path}/no: there is no such file")):
        _whoami(server.target(identity_files=(f"{tmp_path}/no",)))
    (tmp_path / "text").write_text("this is no key")
    with pytest.raises(LoginError, match=f"not usable: {tmp_path}/text"):
        _whoami(server.target(identity_files=(f"{tmp_path}/text",)))
    with pytest.raises(LoginError, match="took none of"):
        _whoami(server.target(identity_files=(str(keygen(tmp_path / "stranger")),)))


@pytest.mark.parametrize("quick", [False, True])
def test_an_account_without_a_shell(server: SshServer, quick: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where its login has ended before anything is sent."""
    start = Shell._start

    def start_and_end(shell: Shell, deadline: float) -> None:
        start(shell, deadline)
        until("the login has ended", lambda: shell._channel.closed)

    if quick:
        monkeypatch.setattr(Shell, "_start", start_and_end)
    with pytest.raises(SshError, match="has no shell for this login: it ended with status 1 and said: "):
        _whoami(server.target(user="nobody"))
