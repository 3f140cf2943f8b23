"""Where a Docker engine listens, as its URI says."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from virtwright.errors import InputError, Problem, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.host import Host, TlsSettings

DEFAULT_SOCKET: Final = "/var/run/docker.sock"
PLAIN_PORT: Final = 2375
TLS_PORT: Final = 2376
Transport = Literal["unix", "tcp", "ssh"]
_FORMS: Final = "docker:///, docker+unix:///run/docker.sock, docker+tcp://host:2376 or docker+ssh://user@host"


@dataclass(frozen=True, slots=True)
class Address:
    """One engine's address."""

    transport: Transport
    socket: str = ""
    """Path of the Unix socket: here, or on the host that is reached over SSH."""
    hostname: str = ""
    port: int | None = None
    tls: TlsSettings | None = None
    """None: without TLS."""

    def __str__(self) -> str:
        if self.transport == "unix":
            return f"unix://{self.socket}"
        port = f":{self.port}" if self.port is not None else ""
        return f"{self.transport}://{self.hostname}{port}{self.socket}"

    def warnings(self) -> Iterator[Problem]:
        """What is unwise about it."""
        if self.transport == "tcp" and self.tls is None:
            yield Problem(
                f"the engine at {self} is reached without TLS: what is sent, secrets too, can be read and changed on the way,"
                " and whoever reaches that port is root on its host",
                Where(path="uri"),
                "reach it over SSH, or have it ask for certificates (tlsverify) and give the host its files:\n"
                f"    uri: docker+ssh://USER@{self.hostname}\n"
                "    tls: {ca_file: ca.pem, cert_file: cert.pem, key_file: key.pem}",
            )


def address_of(host: Host) -> Address:
    """The address that ``docker...`` and ``swarm...`` URIs name. Raises ``InputError`` where there is none.

    ``docker:///`` is what Docker's own client would use: ``DOCKER_HOST``, else the default socket. Any other form names the
    engine itself, and ``DOCKER_HOST`` is not looked at.
    """
    parts = urlsplit(host.uri)
    _, _, transport = parts.scheme.partition("+")
    if parts.query or parts.fragment:
        raise InputError.one(
            f"the URI of {parts.hostname or 'the engine'} has a query or a fragment", hint=f"write it as {_FORMS}"
        )
    if transport == "ssh":
        return _over_ssh(host, parts)
    if transport == "tcp":
        return _tcp(host.uri, parts, host.tls)
    if parts.netloc:
        raise InputError.one(
            f"the URI {host.uri!r} has two slashes and a host name",
            hint=f"write {parts.scheme}:/// for this machine's engine; the forms are {_FORMS}",
        )
    path = unquote(parts.path).rstrip("/")
    if transport == "unix":
        return Address("unix", path or DEFAULT_SOCKET)
    if path:
        raise InputError.one(f"the URI {host.uri!r} has a path", hint=f"write {parts.scheme}+unix://{path}")
    return _as_docker_would(host)


def _over_ssh(host: Host, parts: SplitResult) -> Address:
    if not parts.hostname:
        raise InputError.one(f"the URI {host.uri!r} names no host", hint="write it as docker+ssh://user@host")
    return Address("ssh", unquote(parts.path).rstrip("/") or DEFAULT_SOCKET, parts.hostname, parts.port)


def _tcp(uri: str, parts: SplitResult, tls: TlsSettings | None) -> Address:
    if not parts.hostname:
        raise InputError.one(f"the URI {uri!r} names no host", hint="write it as docker+tcp://host:2376")
    if parts.path.rstrip("/"):
        raise InputError.one(f"the URI {uri!r} has a path", hint="write it as docker+tcp://host:2376")
    secure = tls if tls is not None or parts.port != TLS_PORT else TlsSettings()
    port = parts.port or (PLAIN_PORT if secure is None else TLS_PORT)
    return Address("tcp", hostname=parts.hostname, port=port, tls=secure)


def _as_docker_would(host: Host) -> Address:
    """See https://docs.docker.com/reference/cli/docker/#environment-variables."""
    told = os.environ.get("DOCKER_HOST", "")
    if not told:
        return Address("unix", DEFAULT_SOCKET)
    parts = urlsplit(told)
    if parts.scheme == "unix":
        return Address("unix", parts.path)
    if parts.scheme == "tcp":
        return _tcp(told, parts, host.tls or _tls_from_environment())
    raise InputError.one(
        f"DOCKER_HOST is {told!r}, which {host.uri} can't follow",
        hint="name the engine itself in the stack, as docker+ssh://user@host",
    )


def _tls_from_environment() -> TlsSettings | None:
    if not os.environ.get("DOCKER_TLS_VERIFY"):
        return None
    folder = Path(os.environ.get("DOCKER_CERT_PATH") or Path.home() / ".docker")
    files = {f"{name}_file": str(folder / f"{name}.pem") for name in ("ca", "cert", "key")}
    return TlsSettings(**{name: path for name, path in files.items() if Path(path).exists()})
