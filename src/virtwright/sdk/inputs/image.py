"""Inputs from ``schemas/image.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi


@pulumi.input_type
@dataclass(kw_only=True)
class BuildContextArgs:
    """An image that is built from a folder."""

    context: pulumi.Input[str]
    """The folder, relative to the stack's file."""
    dockerfile: pulumi.Input[str] | None = None
    """The file with the instructions, inside the folder. Default: Dockerfile."""
    target: pulumi.Input[str] | None = None
    """The stage to build. Default: the last."""
    args: pulumi.Input[Mapping[str, pulumi.Input[str | int | float | bool]]] | None = None
    """Build arguments. Default: none."""
    cache_from: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Images whose layers may be used again. Default: none."""
    sha256: pulumi.Input[str] | None = None
    """Checksum of all that is sent: names, modes, contents and links of what ``.dockerignore`` leaves. Default: that
    of what is in the folder, so that the image is built again when that changes."""


class BuildContextArgsDict(TypedDict):
    """An image that is built from a folder."""

    context: pulumi.Input[str]
    """The folder, relative to the stack's file."""
    dockerfile: NotRequired[pulumi.Input[str] | None]
    """The file with the instructions, inside the folder. Default: Dockerfile."""
    target: NotRequired[pulumi.Input[str] | None]
    """The stage to build. Default: the last."""
    args: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str | int | float | bool]]] | None]
    """Build arguments. Default: none."""
    cache_from: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Images whose layers may be used again. Default: none."""
    sha256: NotRequired[pulumi.Input[str] | None]
    """Checksum of all that is sent: names, modes, contents and links of what ``.dockerignore`` leaves. Default: that
    of what is in the folder, so that the image is built again when that changes."""


@pulumi.input_type
@dataclass(kw_only=True)
class ImageSourceArgs:
    """Where an image comes from. Exactly one of the first five fields is set."""

    registry: pulumi.Input[str] | None = None
    """A registry reference: ``docker.io/library/nginx:1.27`` or ``...@sha256:...``."""
    file: pulumi.Input[str] | None = None
    """A disk image on the machine that runs virtwright."""
    url: pulumi.Input[str] | None = None
    """A disk image or archive to download; ``sha256`` is then required."""
    archive: pulumi.Input[str] | None = None
    """A tar of a root file system, a docker-archive or an OCI archive; or a folder with a root file system."""
    build: pulumi.Input[BuildContextArgs | BuildContextArgsDict] | None = None
    """A folder to build the image from."""
    sha256: pulumi.Input[str] | None = None
    """Checksum of the file or download, in hex. Default: not checked; required with ``url``."""


class ImageSourceArgsDict(TypedDict):
    """Where an image comes from. Exactly one of the first five fields is set."""

    registry: NotRequired[pulumi.Input[str] | None]
    """A registry reference: ``docker.io/library/nginx:1.27`` or ``...@sha256:...``."""
    file: NotRequired[pulumi.Input[str] | None]
    """A disk image on the machine that runs virtwright."""
    url: NotRequired[pulumi.Input[str] | None]
    """A disk image or archive to download; ``sha256`` is then required."""
    archive: NotRequired[pulumi.Input[str] | None]
    """A tar of a root file system, a docker-archive or an OCI archive; or a folder with a root file system."""
    build: NotRequired[pulumi.Input[BuildContextArgs | BuildContextArgsDict] | None]
    """A folder to build the image from."""
    sha256: NotRequired[pulumi.Input[str] | None]
    """Checksum of the file or download, in hex. Default: not checked; required with ``url``."""
