"""How secrets are written into an exported machine's file."""

from collections.abc import Callable

from virtwright.lazy_dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seal:
    """Encrypts with the key that the state's secrets are encrypted with."""

    close: Callable[[str, str], str]
    """A text and its place in the file to a ciphertext."""
    salt: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Unseal:
    """``open`` takes the file's salt, a ciphertext and its place. Raises ``SecretsError`` for another key."""

    open: Callable[[str, str, str], str]


@dataclass(frozen=True, slots=True)
class SecretsRule:
    """What becomes of a machine's secrets in its file: sealed, in clear, or left out."""

    seal: Seal | None = None
    clear: bool = False

    @property
    def kept(self) -> bool:
        return self.seal is not None or self.clear
