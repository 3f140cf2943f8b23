"""Secrets at rest: AES-256-GCM under a passphrase, in the text form of Pulumi's passphrase provider.

``v1:NONCE:DATA`` is Pulumi's form (base64; the tag ends the data). ``v2:NONCE:DATA`` is the same with the place of the
value bound to it as associated data, so that a ciphertext copied to another place is refused.

The salt says how the key is derived: ``v1:SALT:CHECK`` is Pulumi's ``encryptionsalt`` (PBKDF2, slow by design, for
passphrases that people choose), ``r1:SALT:CHECK`` is for the generated key of 256 random bits (HKDF, at once).
"""

import base64
import binascii
import hashlib
import hmac
import os
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from virtwright.errors import SecretsError, Where
from virtwright.stacks.keys import Keys, is_random_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ROUNDS: Final = 1_000_000
"""Rounds of PBKDF2-HMAC-SHA256, as Pulumi does."""
_CHECK: Final = "pulumi"
_NONCE_BYTES: Final = 12
_MARK_BYTES: Final = 4
"""How much of a nonce tells the place."""
_SALT_BYTES: Final = 8
_STRETCHED: Final = "v1"
_RANDOM: Final = "r1"
_FREE: Final = "v1"
_BOUND: Final = "v2"
_MAC_LABEL: Final = b"virtwright stamp 1"
_SECRETS_LABEL: Final = b"virtwright secrets 1"
_SALT_LABEL: Final = b"virtwright salt 1\0"
_NONCES_LABEL: Final = b"virtwright nonces 1"
_WRONG_KEY: Final = (
    "give the passphrase that these secrets were encrypted with:\n"
    "    export VIRTWRIGHT_PASSPHRASE=...\n"
    "or the file that holds it, in VIRTWRIGHT_PASSPHRASE_FILE"
)


class Cipher:
    """Encrypts and decrypts the secrets of one stack. Safe to use from several threads.

    Making one costs nothing: the key is derived when the first secret is encrypted or decrypted
    (0.2 s to 1 s from a passphrase).
    """

    def __init__(
        self, passphrase: Callable[[], str], salt: str | None = None, *, pulumi: bool = False, seed: str = ""
    ) -> None:
        """``passphrase`` is called at most once for each key that is derived. ``pulumi`` says that a new salt must be in
        Pulumi's form, whatever the key; from a ``seed`` it is the same each time."""
        self._passphrase = passphrase
        self._pulumi = pulumi
        self._seed = seed
        self._lock = threading.RLock()
        self._salt = salt
        self._aead: AESGCM | None = None
        self._nonces = b""
        """The key of the nonces that tell a place."""
        self._keyed: hmac.HMAC | None = None
        """Copied for each hash: unlike ``hmac.digest`` that keeps the interpreter's lock, which is dear to get back."""

    @classmethod
    def from_passphrase(cls, passphrase: str, salt: str | None = None) -> "Cipher":
        """``salt`` is the string that ``Cipher.salt`` gave, or None to begin with a new one."""
        return cls(lambda: passphrase, salt)

    @classmethod
    def from_keys(cls, keys: Keys, salt: str | None = None, *, pulumi: bool = False, seed: str = "") -> "Cipher":
        """The key is looked for when it is needed. A key file is made only where nothing was encrypted before."""
        return cls(lambda: keys.find(create=salt is None).passphrase, salt, pulumi=pulumi, seed=seed)

    @property
    def salt(self) -> str:
        """What to store beside the secrets: ``v1:SALT:CHECK``, Pulumi's ``encryptionsalt``, or ``r1:SALT:CHECK``. Never
        secret."""
        self._opened()
        assert self._salt is not None
        return self._salt

    @property
    def stored_salt(self) -> str | None:
        """``salt`` where there is one already; None as long as nothing was encrypted."""
        return self._salt

    def encrypt(self, plaintext: str, place: str = "") -> str:
        """``place``, where given, must be given again to decrypt."""
        version = _BOUND if place else _FREE
        return _seal(self._opened(), version, plaintext, place)

    def encrypt_for_pulumi(self, plaintext: str, place: str) -> str:
        """In Pulumi's form, the same text each time for this value at this place. Pulumi has no room for a place, but its
        nonce tells those who have the key where the text was made: see ``made_at``."""
        aead = self._opened()
        return _seal(aead, _FREE, plaintext, "", self._nonce(plaintext, place))

    def made_at(self, text: str, plaintext: str, place: str) -> bool:
        """Whether ``encrypt_for_pulumi`` made ``text`` at ``place``. A text that Pulumi made was made nowhere."""
        self._opened()
        return hmac.compare_digest(_parse(text, "")[1], self._nonce(plaintext, place))

    def mark_of(self, place: str) -> bytes:
        """With what the texts made at ``place`` begin, so that places need not be tried one by one; see ``mark_in``."""
        self._opened()
        return hmac.digest(self._nonces, place.encode(), "sha256")[:_MARK_BYTES]

    def decrypt(self, text: str, place: str = "", *, pulumi: bool = False) -> str:
        """Raises ``SecretsError`` where ``text`` is no ciphertext, was changed, or belongs to another place or key.

        A ``v1`` text is bound to no place: where one is given it is read only with ``pulumi``, for files that are in
        Pulumi's form. The one that belongs to the salt is no secret and is never read.
        """
        version, nonce, data = _parse(text, place)
        if version == _FREE and place and not pulumi:
            raise _elsewhere("this secret is bound to no place, as Pulumi's are, so it may come from anywhere", place)
        aead = self._opened()
        if self._salt is not None and self._salt.endswith(f":{text}"):
            raise _elsewhere("this is a part of the encryption salt, and no secret", place)
        return _unseal(aead, version, nonce, data, place)

    def mac(self, data: bytes) -> str:
        """A keyed hash in hex. It depends on the passphrase alone, not on the salt, so that the stamps on the hosts can
        still be verified after the state, and its salt with it, was lost."""
        if self._keyed is None:
            with self._lock:
                self._keyed = self._keyed or hmac.new(_derive_mac_key(self._passphrase()), digestmod="sha256")
        keyed = self._keyed.copy()
        keyed.update(data)
        return keyed.hexdigest()

    def _nonce(self, plaintext: str, place: str) -> bytes:
        """Different for all values and places, as those of AES-GCM must be."""
        rest = hmac.digest(self._nonces, f"{place}\0{plaintext}".encode(), "sha256")
        return self.mark_of(place) + rest[: _NONCE_BYTES - _MARK_BYTES]

    def _opened(self) -> "AESGCM":
        if self._aead is None:
            with self._lock:
                self._aead = self._aead or self._open()
        return self._aead

    def _open(self) -> "AESGCM":
        passphrase = self._passphrase()
        if self._salt is None:
            raw, nonce = self._new_salt()
            form = _RANDOM if is_random_key(passphrase) and not self._pulumi else _STRETCHED
            aead = self._ready(form, passphrase, raw)
            self._salt = f"{form}:{_encode(raw)}:{_seal(aead, _FREE, _CHECK, '', nonce)}"
            return aead
        form, raw, check = _parse_salt(self._salt)
        if form == _RANDOM and not is_random_key(passphrase):
            raise _wrong_key()
        aead = self._ready(form, passphrase, raw)
        _verify(aead, check)
        return aead

    def _ready(self, form: str, passphrase: str, salt: bytes) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = _derive(form, passphrase, salt)
        self._nonces = _expand(key, salt, _NONCES_LABEL)
        return AESGCM(key)

    def _new_salt(self) -> tuple[bytes, bytes | None]:
        """The salt and the nonce of its check value; None: any."""
        if not self._seed:
            return os.urandom(_SALT_BYTES), None
        steady = bytes.fromhex(self.mac(_SALT_LABEL + self._seed.encode()))
        return steady[:_SALT_BYTES], steady[_SALT_BYTES : _SALT_BYTES + _NONCE_BYTES]


def is_pulumis(salt: str) -> bool:
    """Whether Pulumi can use ``salt`` as its ``encryptionsalt``."""
    return salt.startswith(f"{_STRETCHED}:")


def mark_in(text: str) -> bytes:
    """What of the ciphertext ``text`` is the mark of its place, if it has one. Raises ``SecretsError``."""
    return _parse(text, "")[1][:_MARK_BYTES]


def is_bound(text: str) -> bool:
    """Whether the ciphertext ``text`` is bound to a place."""
    return text.startswith(f"{_BOUND}:")


def _derive(form: str, passphrase: str, salt: bytes) -> bytes:
    if form == _RANDOM:
        return _expand(passphrase.encode(), salt, _SECRETS_LABEL)
    return _stretch(passphrase, salt)


def _expand(material: bytes, salt: bytes, label: bytes) -> bytes:
    """HKDF with SHA-256 (RFC 5869), one block."""
    return hmac.digest(hmac.digest(salt, material, "sha256"), label + b"\x01", "sha256")


def _stretch(passphrase: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, ROUNDS, 32)


@lru_cache(maxsize=4)
def _derive_mac_key(passphrase: str) -> bytes:
    """Once for a command, which looks at its state several times. A passphrase that people chose is stretched first: stamps lie on hosts, where others read them, and a fast hash of
    a weak passphrase could be guessed there."""
    material = passphrase.encode() if is_random_key(passphrase) else _stretch(passphrase, _MAC_LABEL)
    return _expand(material, b"\x00" * 32, _MAC_LABEL)


def _seal(aead: "AESGCM", version: str, plaintext: str, place: str, nonce: bytes | None = None) -> str:
    nonce = nonce or os.urandom(_NONCE_BYTES)
    data = aead.encrypt(nonce, plaintext.encode(), place.encode() if version == _BOUND else None)
    return f"{version}:{_encode(nonce)}:{_encode(data)}"


def _unseal(aead: "AESGCM", version: str, nonce: bytes, data: bytes, place: str) -> str:
    from cryptography.exceptions import InvalidTag

    try:
        return aead.decrypt(nonce, data, place.encode() if version == _BOUND else None).decode()
    except (InvalidTag, UnicodeDecodeError) as error:
        raise _elsewhere("this secret was changed, or moved here from another place", place) from error


def _elsewhere(message: str, place: str) -> SecretsError:
    hint = "set the secret again, or restore the file it is stored in from a backup"
    return SecretsError(message, where=Where(path=place or None), hint=hint)


def _parse(text: str, place: str) -> tuple[str, bytes, bytes]:
    parts = text.split(":")
    if len(parts) == 3 and parts[0] in (_FREE, _BOUND):
        nonce, data = _decode(parts[1]), _decode(parts[2])
        if nonce is not None and data is not None and len(nonce) == _NONCE_BYTES and len(data) >= 16:
            if parts[0] == _BOUND and not place:
                raise SecretsError("this secret is bound to the place it came from and can't be read anywhere else")
            return parts[0], nonce, data
    raise SecretsError(
        "not an encrypted value: expected v1:NONCE:DATA in base64",
        where=Where(path=place or None),
        hint="set the secret again, or restore the file it is stored in from a backup",
    )


def _parse_salt(salt: str) -> tuple[str, bytes, str]:
    form, _, rest = salt.partition(":")
    encoded, _, check = rest.partition(":")
    raw = _decode(encoded)
    if form not in (_STRETCHED, _RANDOM) or not raw or not check:
        raise SecretsError(
            "the encryption salt is damaged: expected v1:SALT:v1:NONCE:DATA, or r1: in front",
            hint="restore the file it is stored in from a backup; without the salt its secrets can't be read",
        )
    return form, raw, check


def _verify(aead: "AESGCM", check: str) -> None:
    from cryptography.exceptions import InvalidTag

    _, nonce, data = _parse(check, "")
    try:
        right = aead.decrypt(nonce, data, None) == _CHECK.encode()
    except InvalidTag:
        right = False
    if not right:
        raise _wrong_key()


def _wrong_key() -> SecretsError:
    return SecretsError("the passphrase is not the one that these secrets were encrypted with", hint=_WRONG_KEY)


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decode(text: str) -> bytes | None:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if _encode(data) == text else None
