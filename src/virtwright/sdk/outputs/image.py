"""Outputs from ``schemas/image.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from virtwright.sdk import outputs


@pulumi.output_type
class BuildContext(dict[str, Any]):
    """An image that is built from a folder."""

    context: str
    """The folder, relative to the stack's file."""
    dockerfile: str
    """The file with the instructions, inside the folder. Default: Dockerfile."""
    target: str | None
    """The stage to build. Default: the last."""
    args: Mapping[str, str]
    """Build arguments. Default: none."""
    cache_from: Sequence[str]
    """Images whose layers may be used again. Default: none."""
    sha256: str | None
    """Checksum of all that is sent: names, modes, contents and links of what ``.dockerignore`` leaves. Default: that
    of what is in the folder, so that the image is built again when that changes."""


@pulumi.output_type
class ImageSource(dict[str, Any]):
    """Where an image comes from. Exactly one of the first five fields is set."""

    registry: str | None
    """A registry reference: ``docker.io/library/nginx:1.27`` or ``...@sha256:...``."""
    file: str | None
    """A disk image on the machine that runs virtwright."""
    url: str | None
    """A disk image or archive to download; ``sha256`` is then required."""
    archive: str | None
    """A tar of a root file system, a docker-archive or an OCI archive; or a folder with a root file system."""
    build: outputs.BuildContext | None
    """A folder to build the image from."""
    sha256: str | None
    """Checksum of the file or download, in hex. Default: not checked; required with ``url``."""
