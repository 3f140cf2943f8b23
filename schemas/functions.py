"""The functions of the package: questions that a program asks of a host, without registering anything."""

from typing import Final

from virtwright.schemas.model import Model
from virtwright.schemas.text import Reference
from virtwright.schemas.urn import PACKAGE

GET_IMAGE: Final = f"{PACKAGE}:index:getImage"
GET_HOST: Final = f"{PACKAGE}:index:getHost"


class GetImageArgs(Model):
    """Which image is asked for."""

    reference: Reference
    """Its name or id on the host, as ``debian:13``."""


class GetImageResult(Model):
    """An image that is on the host already, whoever put it there."""

    id: str
    """The host's own identity of it."""
    name: str
    """Its name on the host."""
    reference: str
    """What a machine or container names to start from this image."""
    digest: str | None = None
    """The digest of its content, as ``sha256:...``."""


class HostFact(Model):
    """One thing that a host tells of itself."""

    name: str
    """What it is about."""
    value: str
    """What the host says."""
    ok: bool
    """Whether it is as it should be."""
    hint: str | None = None
    """What to do where it is not."""


class GetHostResult(Model):
    """What a host tells of itself, as ``virtwright host check`` shows it."""

    name: str
    """Its name in the stack."""
    uri: str
    """Its URI."""
    facts: list[HostFact]
    """All that it tells."""
