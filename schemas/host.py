"""Hosts: connections to hypervisors, container hosts and the local runtime."""

from typing import Annotated

from pydantic import Field

from virtwright.schemas.model import Model
from virtwright.schemas.text import Line, Port


class SshSettings(Model):
    """How to reach a host over SSH. What is left out comes from the URI, then from ``~/.ssh/config``."""

    user: Line | None = None
    port: Port | None = None
    identity_file: Line | None = None
    """Path of the private key."""
    jump: Line | None = None
    """A host to go through, as ``user@host:port``."""
    known_hosts: Line | None = None
    """Path of the file of known host keys. Default: ``~/.ssh/known_hosts``."""
    host_key: Line | None = None
    """The one key to accept: ``SHA256:...`` or ``ssh-ed25519 AAAA...``."""
    password: Line | None = None
    """A password; give it as a secret."""


class Host(Model):
    """One host, named by a URI."""

    uri: Annotated[Line, Field(pattern=r"^[a-z][a-z0-9+.-]*://")]
    """For example ``namespace:///``, ``docker+ssh://root@web1`` or ``qemu+ssh://root@kvm1/system``."""
    ssh: SshSettings = SshSettings()
    max_parallel: Annotated[int, Field(ge=1, le=256)] = 8
    """How many operations may run on it at once."""


class HostOutputs(Model):
    """What is known of a host once it was asked."""

    id: str
    name: str
    uri: str
