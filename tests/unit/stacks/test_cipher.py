import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from virtwright.errors import SecretsError
from virtwright.stacks import cipher as module
from virtwright.stacks.cipher import Cipher

PULUMI_VECTOR = "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ=="
"""From Pulumi's own tests; the passphrase is ``password``."""
RANDOM_KEY = "vwkey1-" + "A" * 43


@pytest.fixture(scope="module")
def cipher() -> Cipher:
    return Cipher.from_passphrase("correct horse")


def test_reads_the_vector_of_pulumi() -> None:
    cipher = Cipher.from_passphrase("password", PULUMI_VECTOR)
    assert cipher.decrypt(cipher.encrypt("x")) == "x"  # the vector's own text was checked on the way


@pytest.mark.parametrize("place", ["", "config.password"])
def test_the_text_in_the_salt_is_no_secret(place: str) -> None:
    cipher = Cipher.from_passphrase("password", PULUMI_VECTOR)
    for text in (PULUMI_VECTOR.split(":", 2)[2], Cipher.from_passphrase("password").salt.split(":", 2)[2]):
        with pytest.raises(SecretsError):
            cipher.decrypt(text, place, pulumi=True)
    with pytest.raises(SecretsError, match="part of the encryption salt"):
        cipher.decrypt(PULUMI_VECTOR.split(":", 2)[2], place, pulumi=True)


def test_a_text_that_is_bound_to_no_place_is_read_only_where_pulumis_are(cipher: Cipher) -> None:
    free = cipher.encrypt("x")
    with pytest.raises(SecretsError, match="bound to no place"):
        cipher.decrypt(free, "urn:a password")
    assert cipher.decrypt(free, "config.password", pulumi=True) == "x"


def test_a_wrong_passphrase_is_told_with_a_hint() -> None:
    with pytest.raises(SecretsError, match="passphrase is not the one") as caught:
        Cipher.from_passphrase("passwort", PULUMI_VECTOR).encrypt("x")
    assert "VIRTWRIGHT_PASSPHRASE" in (caught.value.hint or "")


def test_the_salt_opens_again_what_was_encrypted(cipher: Cipher) -> None:
    text = cipher.encrypt("hunter2 ünïcode")
    assert text.startswith("v1:")
    assert Cipher.from_passphrase("correct horse", cipher.salt).decrypt(text) == "hunter2 ünïcode"


def test_a_text_is_never_encrypted_alike_twice(cipher: Cipher) -> None:
    assert cipher.encrypt("x") != cipher.encrypt("x")


def test_a_bound_text_is_refused_anywhere_else(cipher: Cipher) -> None:
    text = cipher.encrypt("hunter2", "urn:a password")
    assert text.startswith("v2:")
    assert cipher.decrypt(text, "urn:a password") == "hunter2"
    for place in ("urn:b password", ""):
        with pytest.raises(SecretsError):
            cipher.decrypt(text, place)
    with pytest.raises(SecretsError):
        cipher.decrypt(text.replace("v2:", "v1:"), "urn:a password")


def test_a_free_text_is_not_readable_as_bound(cipher: Cipher) -> None:
    with pytest.raises(SecretsError):
        cipher.decrypt(cipher.encrypt("x").replace("v1:", "v2:"), "place")


@pytest.mark.parametrize("text", ["", "v1", "v1:x:y", "v3:AAAA:AAAA", "v1:AAAA:AAAA", "v1:" + "A" * 16 + ":AAAA", "\0"])
def test_what_is_no_ciphertext_is_refused(cipher: Cipher, text: str) -> None:
    with pytest.raises(SecretsError):
        cipher.decrypt(text)


@pytest.mark.parametrize("salt", ["", "v1:", "v2:fozI5u6B030=:x", "v1:%%:v1:a:b", "v1:fozI5u6B030=", "r1:fozI5u6B030="])
def test_a_damaged_salt_is_told(salt: str) -> None:
    with pytest.raises(SecretsError):
        Cipher.from_passphrase("x", salt).encrypt("y")


def test_each_flipped_bit_is_found(cipher: Cipher) -> None:
    prefix, _, data = cipher.encrypt("secret").rpartition(":")
    for index in range(len(data) - 2):
        other = "A" if data[index] != "A" else "B"
        with pytest.raises(SecretsError):
            cipher.decrypt(f"{prefix}:{data[:index]}{other}{data[index + 1 :]}")


def test_the_mac_needs_the_passphrase_only(cipher: Cipher) -> None:
    again = Cipher.from_passphrase("correct horse")
    assert again.mac(b"x") == cipher.mac(b"x")
    assert again.mac(b"y") != cipher.mac(b"x")
    assert Cipher.from_passphrase("other").mac(b"x") != cipher.mac(b"x")
    assert again.stored_salt is None


def test_a_random_key_is_never_stretched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_stretch", _refuse)
    new = Cipher.from_passphrase(RANDOM_KEY)
    text = new.encrypt("hunter2", "place")
    assert new.salt.startswith("r1:")
    assert Cipher.from_passphrase(RANDOM_KEY, new.salt).decrypt(text, "place") == "hunter2"
    assert len(new.mac(b"x")) == 64
    for other in ("a passphrase", RANDOM_KEY[:-1] + "B"):
        with pytest.raises(SecretsError, match="passphrase is not the one"):
            Cipher.from_passphrase(other, new.salt).decrypt(text, "place")


def test_what_a_random_key_encrypted_in_pulumis_form_stays_readable() -> None:
    raw = b"8 bytes!"
    aead = AESGCM(module._stretch(RANDOM_KEY, raw))
    salt = f"v1:{module._encode(raw)}:{module._seal(aead, 'v1', 'pulumi', '')}"
    text = module._seal(aead, "v2", "hunter2", "place")
    assert Cipher.from_passphrase(RANDOM_KEY, salt).decrypt(text, "place") == "hunter2"


def test_the_key_is_expanded_as_rfc_5869_says() -> None:
    expected = HKDF(SHA256(), 32, b"salt", b"label").derive(b"material")
    assert module._expand(b"material", b"salt", b"label") == expected


def test_no_key_is_derived_before_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_stretch", _refuse)
    assert Cipher.from_passphrase("a passphrase", PULUMI_VECTOR).stored_salt == PULUMI_VECTOR


def _refuse(passphrase: str, salt: bytes) -> bytes:
    raise AssertionError("derived a key slowly")
