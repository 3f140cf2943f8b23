"""The keys that a user can log in with: those of the agent, and those in files."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.ssh.host_key_pin import fingerprint
from virtwright.providers.ssh.target import SshTarget

if TYPE_CHECKING:
    from paramiko import AgentKey, PKey

_CERTIFICATE: Final = "-cert.pub"


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A key, and how to speak of it."""

    label: str
    key: "PKey | AgentKey"


@dataclass(slots=True)
class KeyRing:
    """The keys to try, in their order, and why others could not be used."""

    keys: list[NamedKey] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)
    encrypted: list[str] = field(default_factory=list)
    """Files with a passphrase whose keys the agent does not have."""


@contextmanager
def key_ring(target: SshTarget, timeout: float) -> Iterator[KeyRing]:
    """First what was named for this host (from the agent where it has it), then the agent's other keys, then the default
    files: a server counts failures, so what the user named must not come last. ``timeout`` is the agent's, in seconds."""
    ring = KeyRing()
    with _agent_keys(target, timeout, ring) as in_agent:
        unused = dict(in_agent)
        for file in target.identity_files:
            _add_file(ring, file, unused, target.certificate_files, must_exist=True)
        if not target.identities_only:
            ring.keys.extend(NamedKey(f"agent key {label}", key) for label, key in unused.values())
        if not target.identity_files:
            for file in target.default_identity_files:
                _add_file(ring, file, unused, target.certificate_files, must_exist=False)
        yield ring


_InAgent = dict[bytes, "tuple[str, AgentKey]"]


@contextmanager
def _agent_keys(target: SshTarget, timeout: float, ring: KeyRing) -> Iterator[_InAgent]:
    import socket

    from paramiko.agent import AgentSSH
    from paramiko.ssh_exception import SSHException

    if target.agent is None:
        yield {}
        return
    with closing(socket.socket(socket.AF_UNIX)) as connection:
        connection.settimeout(timeout)
        agent = AgentSSH()
        found: _InAgent = {}
        try:
            connection.connect(target.agent)
            agent._connect(connection)  # type: ignore[attr-defined]  # the public way knows $SSH_AUTH_SOCK only
            found = {
                key.blob: (f"{key.comment or key.get_name()} {fingerprint(key.blob)}", key) for key in agent.get_keys()
            }
        except (OSError, SSHException) as error:
            ring.unusable.append(f"the agent at {target.agent}: {error}")
        yield found


def _add_file(ring: KeyRing, file: str, in_agent: _InAgent, certificates: Sequence[str], *, must_exist: bool) -> None:
    from paramiko import PasswordRequiredException, PKey
    from paramiko.ssh_exception import SSHException

    if not must_exist and not Path(file).exists():
        return
    public = _public_half(file)
    if public is not None and public in in_agent:
        label, held = in_agent.pop(public)
        ring.keys.append(NamedKey(f"agent key {label}", held))
        return
    try:
        key = PKey.from_path(file)
        blob = key.asbytes()
    except (PasswordRequiredException, TypeError):  # cryptography raises the latter
        ring.encrypted.append(file)
    except FileNotFoundError:
        ring.unusable.append(f"{file}: there is no such file")
    except (OSError, SSHException, ValueError, AttributeError) as error:
        ring.unusable.append(f"{file}: {getattr(error, 'strerror', None) or error or 'not a private key'}")
    else:
        ring.keys.extend(_certified(file, blob, certificates))
        if blob in in_agent:
            label, held = in_agent.pop(blob)
            ring.keys.append(NamedKey(f"agent key {label}", held))
        else:
            key.public_blob = None
            ring.keys.append(NamedKey(file, key))


def _certified(file: str, blob: bytes, certificates: Sequence[str]) -> Iterator[NamedKey]:
    """The key once for each of its certificates."""
    from paramiko import PKey

    from virtwright.providers.ssh.certificates import is_certificate, plain_key

    for path in dict.fromkeys([*certificates, file + _CERTIFICATE]):
        certificate = _public_blob(path)
        if certificate is not None and is_certificate(certificate) and plain_key(certificate) == blob:
            key = PKey.from_path(file)
            key.load_certificate(path)
            yield NamedKey(f"{file} with the certificate {path}", key)


def _public_half(file: str) -> bytes | None:
    return _public_blob(file if file.endswith(".pub") else f"{file}.pub")


def _public_blob(file: str) -> bytes | None:
    import base64
    import binascii

    try:
        words = Path(file).read_text(encoding="utf-8", errors="replace").split()
        return base64.b64decode(words[1], validate=True)
    except (OSError, IndexError, binascii.Error):
        return None
