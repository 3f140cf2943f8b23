"""Whether the key that a host shows is its own: decided by the pinned key, or by the files of known keys. No I/O but theirs."""

import base64
import shlex
import time
from typing import Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.ssh import certificates
from virtwright.providers.ssh.errors import HostKeyError
from virtwright.providers.ssh.host_key_pin import fingerprint
from virtwright.providers.ssh.known_hosts import KnownKey, KnownKeys
from virtwright.providers.ssh.target import SshTarget

_RSA: Final = ("rsa-sha2-512", "rsa-sha2-256")
ALGORITHMS: Final = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", *_RSA)
"""What a host may prove itself with, the best first."""


@dataclass(frozen=True, slots=True)
class HostKeys:
    """What is known of one host's keys."""

    target: SshTarget
    known: KnownKeys

    @classmethod
    def of(cls, target: SshTarget) -> "HostKeys":
        """Reads the files. Raises ``SshError`` where one can't be read."""
        return cls(target, KnownKeys(target.known_hosts))

    @property
    def names(self) -> tuple[str, ...]:
        """As the host may be written: with its port, and, as OpenSSH allows, without."""
        return tuple(dict.fromkeys((self.target.known_as, self.target.key_name or self.target.host)))

    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Algorithms to ask for, one connection after the other: a fingerprint does not tell of which type its key is."""
        if self.target.pin is None or self.target.pin.key_type:
            return (self.algorithms(),)
        return (ALGORITHMS[:1], ALGORITHMS[1:4], _RSA)

    def algorithms(self) -> tuple[str, ...]:
        """In the order to ask for: a host has several keys, and the known one must not look unknown because it showed
        another one."""
        pin = self.target.pin
        types = [pin.key_type] if pin and pin.key_type else [] if pin else [key.key_type for key in self._plain()]
        known = [name for key_type in types for name in (_RSA if key_type == "ssh-rsa" else (key_type,))]
        plain = tuple(dict.fromkeys(name for name in (*known, *ALGORITHMS) if name in ALGORITHMS))
        if not pin and self.known.authorities(self.names):
            return tuple(name + certificates.SUFFIX for name in ALGORITHMS) + plain
        return plain

    def check(self, blob: bytes, proven: bytes) -> None:
        """``blob`` is what the host showed, a key or a certificate; ``proven`` the key that it proved to hold.

        Raises ``HostKeyError`` unless it is the host's own."""
        authorities = self.known.authorities(self.names)
        faults = []
        if certificates.is_certificate(blob):
            if certificates.plain_key(blob) != proven:
                raise self._error("shows a certificate of a key that it does not hold", proven)
            signers = [key.blob for key in authorities]
            fault = certificates.fault(blob, signers, self.target.key_name or self.target.host, time.time())
            faults = [fault] if fault else []
        self._refuse_revoked(blob, proven)
        if self.target.pin is not None:
            self._check_pin(proven)
        elif certificates.is_certificate(blob) and not faults:
            return
        elif not any(key.blob == proven for key in self._plain()):
            raise self._stranger(proven, faults)

    def _plain(self) -> list[KnownKey]:
        return self.known.of(self.names)

    def _refuse_revoked(self, blob: bytes, proven: bytes) -> None:
        signer = certificates.signer(blob) if certificates.is_certificate(blob) else None
        for key in self.known.revoked(self.names):
            if key.blob in (proven, blob, signer):
                hint = "the host must be given a new key; the old one was revoked because somebody else may hold it"
                raise self._error(f"shows a key that was revoked at {key.where}", proven, hint)

    def _check_pin(self, proven: bytes) -> None:
        pin = self.target.pin
        if pin is not None and not pin.accepts(proven):
            raise self._error(
                f"shows another key than the stack's ssh.host_key, which is {pin.fingerprint}",
                proven,
                "somebody may be listening in, or the host was set up anew. Where you know that the key is right:\n"
                f'    ssh: {{host_key: "{fingerprint(proven)}"}}',
            )

    def _stranger(self, proven: bytes, faults: list[str]) -> HostKeyError:
        name = self.target.known_as
        files = " and ".join(self.known.files[:2]) or "no file"
        same_name = self.known.of([name])
        if same_name:
            lines = ", ".join(f"{key.where} ({fingerprint(key.blob)})" for key in same_name)
            file = same_name[0].file
            hint = (
                "somebody may be listening in, or the host was set up anew. Where you know that the new key is right, "
                f"take out the old one, then add the new one:\n    ssh-keygen -R {shlex.quote(name)} -f "
                f"{shlex.quote(file)}\n{self._add(proven, file)}"
            )
            return self._error(f"shows a key that has changed: the known one is at {lines}", proven, hint)
        because = f" ({faults[0]})" if faults else ""
        hint = (
            "compare the fingerprint with the one that the host's owner reads there, with\n"
            f"    ssh-keygen -lf /etc/ssh/ssh_host_{_short(proven)}_key.pub\n"
            f"and where they are the same, make it known:\n{self._add(proven, self._first_file())}"
        )
        return self._error(f"shows a key that is not known: looked for {name} in {files}{because}", proven, hint)

    def _first_file(self) -> str:
        return self.known.files[0] if self.known.files else "~/.ssh/known_hosts"

    def _add(self, proven: bytes, file: str) -> str:
        line = f"{self.target.known_as} {certificates.key_type(proven)} {base64.b64encode(proven).decode()}"
        return f"    echo {shlex.quote(line)} >> {shlex.quote(file)}"

    def _error(self, what: str, proven: bytes, hint: str | None = None) -> HostKeyError:
        shown = fingerprint(proven)
        kind = certificates.key_type(proven)
        message = f"{self.target} {what}; its {kind} key is {shown}"
        return HostKeyError(message, fingerprint=shown, hint=hint)


def _short(blob: bytes) -> str:
    return certificates.key_type(blob).removeprefix("ssh-").partition("-")[0]
