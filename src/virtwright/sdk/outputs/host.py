"""Outputs from ``schemas/host.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from typing import Any

import pulumi


@pulumi.output_type
class RegistryLogin(dict[str, Any]):
    """An account at a container registry."""

    username: str
    """The account's name."""
    password: str
    """Its password or token; give it as a secret."""


@pulumi.output_type
class SshSettings(dict[str, Any]):
    """How to reach a host over SSH. What is left out comes from the URI, then from ``~/.ssh/config``."""

    user: str | None
    """The account to log in as."""
    port: int | None
    """The SSH server's port."""
    identity_file: str | None
    """Path of the private key."""
    jump: str | None
    """A host to go through, as ``user@host:port``."""
    known_hosts: str | None
    """Path of the file of known host keys. Default: ``~/.ssh/known_hosts``."""
    host_key: str | None
    """The one key to accept: ``SHA256:...`` or ``ssh-ed25519 AAAA...``."""
    password: str | None
    """A password; give it as a secret."""
    connect_timeout: float
    """How long connecting and logging in may take, in seconds. Default: 15s."""
    keepalive: float
    """How often the other side is asked for a sign of life, in seconds; 0 means never. Default: 15s."""


@pulumi.output_type
class TlsSettings(dict[str, Any]):
    """How to reach a host over TLS (``docker+tcp``)."""

    ca_file: str | None
    """Path of the authority's certificate. Default: the system's authorities."""
    cert_file: str | None
    """Path of the client's certificate. Default: none is shown."""
    key_file: str | None
    """Path of the client's private key. Default: in ``cert_file``."""
    server_name: str | None
    """The name that the server's certificate must bear. Default: the host of the URI."""
