"""Outputs from ``schemas/volume.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi


@pulumi.output_type
class DockerVolume(dict[str, Any]):
    """What only Docker hosts know."""

    driver: str | None
    """The volume driver. Default: local."""
    options: Mapping[str, str]
    """Options of the driver. Default: none."""


@pulumi.output_type
class VolumeSource(dict[str, Any]):
    """What a new volume is filled with, once. Exactly one field is set."""

    image: str | None
    """A disk image, or an image resource of the stack."""
    clone: str | None
    """Another volume of the stack."""
    content: str | None
    """A folder on the machine that runs virtwright; its files are copied in."""
