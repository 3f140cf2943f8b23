"""Where the key that protects secrets comes from, and the folder that state and key live in."""

import os
import re
import secrets
import stat
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Final

from virtwright.errors import SecretsError, Where
from virtwright.home import state_home
from virtwright.lazy_dataclasses import dataclass

PASSPHRASE_VARIABLES: Final = ("VIRTWRIGHT_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE")
"""Each also as ``..._FILE``. The first that is set wins; an empty passphrase is a passphrase."""
_RANDOM_KEY: Final = re.compile(r"vwkey1-[A-Za-z0-9_-]{43}")


def is_random_key(passphrase: str) -> bool:
    """Whether ``passphrase`` is a generated key of 256 random bits, which needs no stretching."""
    return _RANDOM_KEY.fullmatch(passphrase) is not None


@dataclass(frozen=True, slots=True)
class Key:
    """A passphrase and where it was found."""

    passphrase: str = field(repr=False)
    origin: str


@dataclass(frozen=True)
class Keys:
    """Finds the key: in the environment, else in the key file, which is made when it is first needed."""

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    variables: tuple[str, ...] = PASSPHRASE_VARIABLES
    """Where a passphrase is looked for, the first first; each also as ``..._FILE``."""
    passphrase_file: Path | None = None
    """A file with the passphrase, before all variables."""
    closed: bool = False
    """The key is not to be used, whether it is there or not: nothing is decrypted."""

    def for_pulumi(self, passphrase_file: Path | None = None) -> "Keys":
        """The key of what Pulumi reads and writes: as Pulumi's own variables say, where they are set."""
        return replace(self, variables=PASSPHRASE_VARIABLES[::-1], passphrase_file=passphrase_file)

    @property
    def home(self) -> Path:
        """The state folder."""
        return state_home(self.environment)

    @property
    def key_file(self) -> Path:
        return self.home / "key"

    def find(self, *, create: bool = True) -> Key:
        """Raises ``SecretsError`` where a file can't be read or, without ``create``, where there is no key."""
        if self.closed:
            raise SecretsError("nothing is decrypted, nor encrypted, for a stack that is not trusted")
        if self.passphrase_file is not None:
            return Key(_read(self.passphrase_file), str(self.passphrase_file))
        for variable in self.variables:
            if (text := self.environment.get(variable)) is not None:
                return Key(text, variable)
            if path := self.environment.get(f"{variable}_FILE"):
                return Key(_read(Path(path).expanduser()), f"{path} ({variable}_FILE)")
        if not create and not self.key_file.exists():
            raise SecretsError(
                f"there are secrets to decrypt, but no key: {self.key_file} is gone and no passphrase is set",
                where=Where(file=str(self.key_file)),
                hint="put the key file back, or give the passphrase:\n    export VIRTWRIGHT_PASSPHRASE=...",
            )
        return Key(_key_file(self.key_file), str(self.key_file))


def make_home(path: Path) -> None:
    """Create the state folder, open to its owner only. Raises ``SecretsError`` where that is impossible."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SecretsError(
            f"can't create the state folder: {error.strerror}",
            where=Where(file=str(path)),
            hint="choose another folder:\n    export VIRTWRIGHT_HOME=/a/folder/you/can/write",
        ) from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SecretsError(f"can't read the passphrase: {reason}", where=Where(file=str(path))) from error


def _key_file(path: Path) -> str:
    if not path.exists():
        make_home(path.parent)
        _write_new(path, f"vwkey1-{secrets.token_urlsafe(32)}\n")
    _refuse_open_to_others(path)
    key = _read(path)
    if not is_random_key(key):
        raise SecretsError(
            "the key file is damaged: it does not hold a key made by virtwright",
            where=Where(file=str(path)),
            hint="restore it from a backup; for a passphrase of your own use VIRTWRIGHT_PASSPHRASE_FILE",
        )
    return key


def _refuse_open_to_others(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise SecretsError(
            f"the key file can be read by others: its mode is {mode:04o}",
            where=Where(file=str(path)),
            hint=f"make it yours alone:\n    chmod 600 {path}",
        )


def _write_new(path: Path, text: str) -> None:
    """Write ``path`` whole or not at all; a file that another process made in the meantime is kept."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            _link(draft, path)
        finally:
            draft.unlink()
    except OSError as error:
        raise SecretsError(
            f"can't write the key file: {error.strerror}",
            where=Where(file=str(path)),
            hint="choose another folder:\n    export VIRTWRIGHT_HOME=/a/folder/you/can/write",
        ) from error


def _link(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
