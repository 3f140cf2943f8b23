"""Hosts: connections to hypervisors, container hosts and the local runtime."""

import json
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field

from virtwright.schemas.faults import Expected, fault
from virtwright.schemas.model import Model
from virtwright.schemas.numbers import Port
from virtwright.schemas.quantities import Duration
from virtwright.schemas.sensitive import SENSITIVE
from virtwright.schemas.text import ACCOUNT, HOSTNAME_PATTERN, Account, Line, LocalPath, Operand, Reference
from virtwright.schemas.values import Secret, Value

_SSH_TARGET = rf"^({ACCOUNT}@)?({HOSTNAME_PATTERN}|\[[0-9a-fA-F:.]+\])(:[0-9]{{1,5}})?$"
_ADDRESS = rf"^({HOSTNAME_PATTERN}|[0-9a-fA-F:.]+)$"
_HOST_KEY = r"^(SHA256:[A-Za-z0-9+/]{43}=?|[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,3}( [^\x00-\x1f]*)?)$"


class SshSettings(Model):
    """How to reach a host over SSH. What is left out comes from the URI, then from ``~/.ssh/config``."""

    user: Account | None = None
    """The account to log in as."""
    port: Port | None = None
    """The SSH server's port."""
    identity_file: LocalPath | None = None
    """Path of the private key."""
    jump: Annotated[str, Field(pattern=_SSH_TARGET, max_length=330), Expected("a host, as user@host:port")] | None = (
        None
    )
    """A host to go through, as ``user@host:port``."""
    known_hosts: LocalPath | None = None
    """Path of the file of known host keys. Default: ``~/.ssh/known_hosts``."""
    host_key: (
        Annotated[Line, Field(pattern=_HOST_KEY), Expected("a host key, as SHA256:... or ssh-ed25519 AAAA...")] | None
    ) = None
    """The one key to accept: ``SHA256:...`` or ``ssh-ed25519 AAAA...``."""
    password: Annotated[Line, SENSITIVE] | None = None
    """A password; give it as a secret."""
    connect_timeout: Annotated[Duration, Field(gt=0, le=3600)] = 15.0
    """How long connecting and logging in may take, in seconds. Default: 15s."""
    keepalive: Annotated[Duration, Field(le=3600)] = 15.0
    """How often the other side is asked for a sign of life, in seconds; 0 means never. Default: 15s."""


class TlsSettings(Model):
    """How to reach a host over TLS (``docker+tcp``)."""

    ca_file: LocalPath | None = None
    """Path of the authority's certificate. Default: the system's authorities."""
    cert_file: LocalPath | None = None
    """Path of the client's certificate. Default: none is shown."""
    key_file: LocalPath | None = None
    """Path of the client's private key. Default: in ``cert_file``."""
    server_name: Line | None = None
    """The name that the server's certificate must bear. Default: the host of the URI."""


class RegistryLogin(Model):
    """An account at a container registry."""

    username: Line
    """The account's name."""
    password: Annotated[Line, SENSITIVE]
    """Its password or token; give it as a secret."""


def _safe_uri(uri: str) -> str:
    """Neither the user nor the host of a URI may look like an option to a program that is given it."""
    try:
        parts = urlsplit(uri)
        user, host = unquote(parts.username or ""), unquote(parts.hostname or "")
        _ = parts.port
    except ValueError:
        raise fault("expected a URI, as qemu+ssh://root@kvm1/system", show=True) from None
    if user.startswith("-") or host.startswith("-"):
        raise fault("must not hold a user or host that begins with '-'", show=True)
    if parts.password is not None or ":" in user:
        raise fault("must not hold a password: it belongs in ssh.password, as a secret")
    return uri


Uri = Annotated[
    Operand,
    Field(pattern=r"^[a-z][a-z0-9+.-]*://[^\s'\"`$;&|<>\\]*$", max_length=2048),
    Expected("a URI, as namespace:///, docker+ssh://root@web1 or qemu+ssh://root@kvm1/system"),
    AfterValidator(_safe_uri),
]


class Host(Model):
    """One host, named by a URI."""

    uri: Uri
    """For example ``namespace:///``, ``docker+ssh://root@web1`` or ``qemu+ssh://root@kvm1/system``."""
    ssh: SshSettings = SshSettings()
    """How to reach it over SSH. Default: as the URI and ``~/.ssh/config`` say."""
    tls: TlsSettings | None = None
    """How to reach it over TLS. Default: without, or as the URI says."""
    registries: dict[Reference, RegistryLogin] = {}
    """Logins at container registries, by the registry's host name. Default: those of Docker's own configuration."""
    peer_address: (
        Annotated[str, Field(pattern=_ADDRESS, max_length=255), Expected("a host name or an address, as 10.0.0.2")]
        | None
    ) = None
    """The address at which the stack's other hosts reach it, when a machine moves there live. Default: the host of its URI."""
    max_parallel: Annotated[int, Field(ge=1, le=256)] = 8
    """How many operations may run on it at once. Default: 8."""


class HostOutputs(Model):
    """What is known of a host once it was asked."""

    id: str
    """The host's own identity."""
    name: str
    """Its name in the stack."""
    uri: str
    """Its URI."""


def from_texts(fields: Mapping[str, Value]) -> dict[str, Value]:
    """A host's fields, any of which but the URI may be given as JSON text, as Pulumi has a provider's settings."""
    return {name: value if name == "uri" else _from_text(value) for name, value in fields.items()}


def _from_text(value: Value) -> Value:
    if isinstance(value, Secret):
        return Secret(_from_text(value.value))
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
