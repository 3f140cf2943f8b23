"""Files of known keys, and what is decided by them."""

import base64
import hashlib
import hmac
from pathlib import Path

import pytest

from virtwright.providers.ssh.errors import HostKeyError
from virtwright.providers.ssh.host_key_pin import HostKeyPin, fingerprint
from virtwright.providers.ssh.host_keys import HostKeys
from virtwright.providers.ssh.known_hosts import parse_line
from virtwright.providers.ssh.target import SshTarget


def _key(kind: str, seed: int) -> bytes:
    parts = [kind.encode(), bytes([seed]) * 32]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


ED, OTHER, RSA = _key("ssh-ed25519", 1), _key("ssh-ed25519", 2), _key("ssh-rsa", 3)


def _line(names: str, blob: bytes, marker: str = "") -> str:
    kind = "ssh-rsa" if blob == RSA else "ssh-ed25519"
    return f"{marker} {names} {kind} {base64.b64encode(blob).decode()} a comment\n".lstrip()


def _hashed(name: str) -> str:
    salt = b"0123456789abcdefghij"
    digest = hmac.new(salt, name.encode(), hashlib.sha1).digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


def _keys(folder: Path, text: str, **changes: object) -> HostKeys:
    path = folder / "known_hosts"
    path.write_text(text)
    values: dict[str, object] = {"host": "kvm1", "user": "root", "known_hosts": (str(path), str(folder / "missing"))}
    return HostKeys.of(SshTarget(**{**values, **changes}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        (_line("kvm1", ED), {}),
        (_line("KVM1", ED), {}),
        (_line("other,kvm?", ED), {}),
        (_line(_hashed("kvm1"), ED), {}),
        (_line("[kvm1]:2222", ED), {"port": 2222}),
        (_line(_hashed("[kvm1]:2222"), ED), {"port": 2222}),
        (_line("kvm1", ED), {"port": 2222}),
        (_line("one", ED), {"key_name": "one", "port": 2222}),
        (_line("2001:db8::7", ED), {"host": "2001:db8::7"}),
        (_line("kvm1", OTHER) + _line("kvm1", ED), {}),
        ("nonsense\n# comment\nkvm1 ssh-ed25519 !!!\n" + _line("kvm1", ED), {}),
        ("", {"pin": HostKeyPin.parse(fingerprint(ED))}),
        ("", {"pin": HostKeyPin.parse(f"ssh-ed25519 {base64.b64encode(ED).decode()} me@here")}),
        (_line("kvm1", OTHER), {"pin": HostKeyPin.parse(fingerprint(ED) + "=")}),
    ],
)
def test_known(tmp_path: Path, text: str, changes: dict[str, object]) -> None:
    _keys(tmp_path, text, **changes).check(ED, ED)


@pytest.mark.parametrize(
    ("text", "changes", "words"),
    [
        ("", {}, "not known"),
        (_line("kvm2", ED), {}, "not known"),
        (_line("*,!kvm1", ED), {}, "not known"),
        (_line("[kvm1]:2222", ED), {}, "not known"),
        (_line(_hashed("kvm2"), ED), {}, "not known"),
        (_line("kvm1", OTHER), {"port": 2222}, "not known"),
        (_line("kvm1", OTHER), {}, "has changed"),
        (_line("kvm1", RSA), {}, "has changed"),
        (_line("kvm1", ED) + _line("kvm1", ED, "@revoked"), {}, "revoked"),
        (_line("kvm1", ED) + _line("*", ED, "@revoked"), {}, "revoked"),
        (_line("*", ED, "@revoked"), {"pin": HostKeyPin.parse(fingerprint(ED))}, "revoked"),
        (_line("*", ED, "@cert-authority"), {}, "not known"),
        (_line("kvm1", ED), {"pin": HostKeyPin.parse(fingerprint(OTHER))}, "another key"),
    ],
)
def test_a_stranger(tmp_path: Path, text: str, changes: dict[str, object], words: str) -> None:
    keys = _keys(tmp_path, text, **changes)
    with pytest.raises(HostKeyError, match=words) as caught:
        keys.check(ED, ED)
    assert caught.value.fingerprint == fingerprint(ED)
    assert fingerprint(ED) in caught.value.message
    if "not known" in words:
        assert keys.known.files[0] in caught.value.message
        remedy = next(line for line in (caught.value.hint or "").splitlines() if "echo" in line)
        key = parse_line(remedy.strip().removeprefix("echo ").partition(" >> ")[0].strip("'"), "file", 1)
        assert key and key.blob == ED and key.names_host(keys.target.known_as)


def test_the_known_kind_of_key_is_asked_for_first(tmp_path: Path) -> None:
    assert _keys(tmp_path, _line("kvm1", RSA)).algorithms()[:2] == ("rsa-sha2-512", "rsa-sha2-256")
    assert _keys(tmp_path, _line("kvm2", RSA)).algorithms()[0] == "ssh-ed25519"
    with_authority = _keys(tmp_path, _line("kvm1", RSA) + _line("*", ED, "@cert-authority")).algorithms()
    assert with_authority[0] == "ssh-ed25519-cert-v01@openssh.com"
    assert with_authority[6:8] == ("rsa-sha2-512", "rsa-sha2-256")
