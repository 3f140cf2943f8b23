"""Whose key is known, and whose is not: held against a real sshd."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ssh_lab import PASSWORD, SshServer, keygen, public
from tests.waiting import until

from virtwright.errors import HostError
from virtwright.providers.ssh.connection import SshConnection
from virtwright.providers.ssh.errors import HostKeyError
from virtwright.providers.ssh.host_key_pin import HostKeyPin
from virtwright.providers.ssh.target import SshTarget

pytestmark = pytest.mark.root


def _reach(target: SshTarget) -> None:
    with SshConnection.open(target) as connection:
        connection.connect()


def _known(server: SshServer, folder: Path, text: str) -> SshTarget:
    path = folder / "known_hosts"
    path.write_text(text)
    return server.target(known_hosts=(str(path),))


def _fingerprint(key: Path) -> str:
    argv = ["ssh-keygen", "-lf", f"{key}.pub"]
    return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=120).stdout.split()[1]


def test_an_unknown_host_is_an_error_whose_remedy_helps(server: SshServer, tmp_path: Path) -> None:
    target = _known(server, tmp_path, "")
    with pytest.raises(HostKeyError, match="not known") as caught:
        _reach(target)
    assert _fingerprint(server.host_key()) == caught.value.fingerprint
    assert caught.value.fingerprint in caught.value.message and target.known_hosts[0] in caught.value.message
    assert Path(target.known_hosts[0]).read_text() == ""
    remedy = next(line for line in (caught.value.hint or "").splitlines() if "echo" in line)
    subprocess.run(["sh", "-c", remedy], check=True, timeout=120)
    _reach(target)


def test_a_changed_key_is_an_error_whose_remedy_helps(server: SshServer, tmp_path: Path) -> None:
    other = keygen(tmp_path / "other")
    target = _known(server, tmp_path, f"[127.0.0.1]:{server.port} {public(other)}\n")
    with pytest.raises(HostKeyError, match="has changed") as caught:
        _reach(target)
    assert f"{target.known_hosts[0]}:1" in caught.value.message
    assert _fingerprint(other) in caught.value.message and _fingerprint(server.host_key()) in caught.value.message
    for line in (caught.value.hint or "").splitlines():
        if line.startswith("    "):
            subprocess.run(["sh", "-c", line], check=True, timeout=120, capture_output=True)
    _reach(target)


def test_hashed_names_and_a_port_of_its_own(server: SshServer, tmp_path: Path) -> None:
    target = _known(server, tmp_path, server.known_hosts.read_text())
    subprocess.run(["ssh-keygen", "-H", "-f", target.known_hosts[0]], check=True, capture_output=True, timeout=120)
    assert "127.0.0.1" not in Path(target.known_hosts[0]).read_text()
    _reach(target)


def test_a_revoked_key_is_refused_though_it_is_known(server: SshServer, tmp_path: Path) -> None:
    key = public(server.host_key())
    with pytest.raises(HostKeyError, match=r"revoked at .*known_hosts:1"):
        _reach(_known(server, tmp_path, f"@revoked * {key}\n[127.0.0.1]:{server.port} {key}\n"))


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_the_known_one_of_several_keys_is_asked_for(server: SshServer, tmp_path: Path, kind: str) -> None:
    _reach(_known(server, tmp_path, f"[127.0.0.1]:{server.port} {public(server.host_key(kind))}\n"))


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_a_pinned_key(server: SshServer, tmp_path: Path, kind: str) -> None:
    whole = HostKeyPin.parse(public(server.host_key(kind)))
    _reach(server.target(known_hosts=(), pin=whole))
    _reach(server.target(known_hosts=(), pin=HostKeyPin.parse(_fingerprint(server.host_key(kind)))))
    with pytest.raises(HostKeyError, match="another key than the stack's"):
        _reach(server.target(pin=HostKeyPin.parse(public(keygen(tmp_path / "other")))))


def test_nothing_secret_is_sent_before_the_key_was_checked(tmp_path: Path) -> None:
    with SshServer(tmp_path / "sshd", {"LogLevel": "DEBUG1", "PasswordAuthentication": "yes"}) as server:
        with pytest.raises(HostKeyError):
            _reach(server.target(known_hosts=(), password=PASSWORD))
        until("sshd has seen the end", lambda: re.search("Connection (closed|reset) by", server.log))
        assert "SSH2_MSG_NEWKEYS received" in server.log
        assert "userauth" not in server.log


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    return keygen(tmp_path / "authority")


def _certify(authority: Path, key: Path, *options: str) -> Path:
    argv = ["ssh-keygen", "-q", "-s", str(authority), "-I", "host", *options, f"{key}.pub"]
    subprocess.run(argv, check=True, capture_output=True, timeout=120)
    return key.with_name(f"{key.name}-cert.pub")


@pytest.fixture
def certified(tmp_path: Path) -> Iterator[SshServer]:
    """Shows ``certificate``, which is there when a connection comes."""
    with SshServer(tmp_path / "sshd", {"HostCertificate": str(tmp_path / "sshd" / "host_ed25519-cert.pub")}) as server:
        yield server


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (("-h", "-n", "127.0.0.1", "-V", "-1h:+1h"), None),
        (("-h", "-n", "kvm1,127.0.0.*", "-V", "-1h:+1h"), None),
        (("-h",), None),
        (("-h", "-n", "kvm1"), "is for kvm1"),
        (("-h", "-n", "127.0.0.1", "-V", "-2h:-1h"), "not valid now"),
    ],
)
def test_a_certificate_of_an_authority(
    certified: SshServer, authority: Path, tmp_path: Path, options: tuple[str, ...], fault: str | None
) -> None:
    _certify(authority, certified.host_key(), *options)
    certified.stop()
    time.sleep(0.05)
    certified.start()
    target = _known(certified, tmp_path, f"@cert-authority * {public(authority)}\n")
    if fault is None:
        return _reach(target)
    with pytest.raises(HostKeyError, match=fault):
        _reach(target)
    known_besides = Path(target.known_hosts[0]).read_text() + certified.known_hosts.read_text()
    _reach(_known(certified, tmp_path, known_besides))
    return None


def test_a_certificate_of_another_or_a_revoked_authority(certified: SshServer, authority: Path, tmp_path: Path) -> None:
    _certify(authority, certified.host_key(), "-h")
    certified.stop()
    certified.start()
    other = public(keygen(tmp_path / "other"))
    with pytest.raises(HostKeyError, match="another authority"):
        _reach(_known(certified, tmp_path, f"@cert-authority * {other}\n"))
    with pytest.raises(HostKeyError, match="revoked"):
        _reach(_known(certified, tmp_path, f"@cert-authority * {public(authority)}\n@revoked * {public(authority)}\n"))


def test_files_that_can_not_be_read_are_named(server: SshServer, tmp_path: Path) -> None:
    with pytest.raises(HostError, match="can't be read"):
        _reach(server.target(known_hosts=(str(tmp_path),)))
