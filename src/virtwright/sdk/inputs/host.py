"""Inputs from ``schemas/host.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi


@pulumi.input_type
@dataclass(kw_only=True)
class RegistryLoginArgs:
    """An account at a container registry."""

    username: pulumi.Input[str]
    """The account's name."""
    password: pulumi.Input[str]
    """Its password or token; give it as a secret."""


class RegistryLoginArgsDict(TypedDict):
    """An account at a container registry."""

    username: pulumi.Input[str]
    """The account's name."""
    password: pulumi.Input[str]
    """Its password or token; give it as a secret."""


@pulumi.input_type
@dataclass(kw_only=True)
class SshSettingsArgs:
    """How to reach a host over SSH. What is left out comes from the URI, then from ``~/.ssh/config``."""

    user: pulumi.Input[str] | None = None
    """The account to log in as."""
    port: pulumi.Input[int] | None = None
    """The SSH server's port."""
    identity_file: pulumi.Input[str] | None = None
    """Path of the private key."""
    jump: pulumi.Input[str] | None = None
    """A host to go through, as ``user@host:port``."""
    known_hosts: pulumi.Input[str] | None = None
    """Path of the file of known host keys. Default: ``~/.ssh/known_hosts``."""
    host_key: pulumi.Input[str] | None = None
    """The one key to accept: ``SHA256:...`` or ``ssh-ed25519 AAAA...``."""
    password: pulumi.Input[str] | None = None
    """A password; give it as a secret."""
    connect_timeout: pulumi.Input[float | str] | None = None
    """How long connecting and logging in may take, in seconds. Default: 15s."""
    keepalive: pulumi.Input[float | str] | None = None
    """How often the other side is asked for a sign of life, in seconds; 0 means never. Default: 15s."""


class SshSettingsArgsDict(TypedDict):
    """How to reach a host over SSH. What is left out comes from the URI, then from ``~/.ssh/config``."""

    user: NotRequired[pulumi.Input[str] | None]
    """The account to log in as."""
    port: NotRequired[pulumi.Input[int] | None]
    """The SSH server's port."""
    identity_file: NotRequired[pulumi.Input[str] | None]
    """Path of the private key."""
    jump: NotRequired[pulumi.Input[str] | None]
    """A host to go through, as ``user@host:port``."""
    known_hosts: NotRequired[pulumi.Input[str] | None]
    """Path of the file of known host keys. Default: ``~/.ssh/known_hosts``."""
    host_key: NotRequired[pulumi.Input[str] | None]
    """The one key to accept: ``SHA256:...`` or ``ssh-ed25519 AAAA...``."""
    password: NotRequired[pulumi.Input[str] | None]
    """A password; give it as a secret."""
    connect_timeout: NotRequired[pulumi.Input[float | str] | None]
    """How long connecting and logging in may take, in seconds. Default: 15s."""
    keepalive: NotRequired[pulumi.Input[float | str] | None]
    """How often the other side is asked for a sign of life, in seconds; 0 means never. Default: 15s."""


@pulumi.input_type
@dataclass(kw_only=True)
class TlsSettingsArgs:
    """How to reach a host over TLS (``docker+tcp``)."""

    ca_file: pulumi.Input[str] | None = None
    """Path of the authority's certificate. Default: the system's authorities."""
    cert_file: pulumi.Input[str] | None = None
    """Path of the client's certificate. Default: none is shown."""
    key_file: pulumi.Input[str] | None = None
    """Path of the client's private key. Default: in ``cert_file``."""
    server_name: pulumi.Input[str] | None = None
    """The name that the server's certificate must bear. Default: the host of the URI."""


class TlsSettingsArgsDict(TypedDict):
    """How to reach a host over TLS (``docker+tcp``)."""

    ca_file: NotRequired[pulumi.Input[str] | None]
    """Path of the authority's certificate. Default: the system's authorities."""
    cert_file: NotRequired[pulumi.Input[str] | None]
    """Path of the client's certificate. Default: none is shown."""
    key_file: NotRequired[pulumi.Input[str] | None]
    """Path of the client's private key. Default: in ``cert_file``."""
    server_name: NotRequired[pulumi.Input[str] | None]
    """The name that the server's certificate must bear. Default: the host of the URI."""
