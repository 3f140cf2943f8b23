"""Inputs from ``schemas/volume.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi


@pulumi.input_type
@dataclass(kw_only=True)
class DockerVolumeArgs:
    """What only Docker hosts know."""

    driver: pulumi.Input[str] | None = None
    """The volume driver. Default: local."""
    options: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None
    """Options of the driver. Default: none."""


class DockerVolumeArgsDict(TypedDict):
    """What only Docker hosts know."""

    driver: NotRequired[pulumi.Input[str] | None]
    """The volume driver. Default: local."""
    options: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]] | None]
    """Options of the driver. Default: none."""


@pulumi.input_type
@dataclass(kw_only=True)
class VolumeSourceArgs:
    """What a new volume is filled with, once. Exactly one field is set."""

    image: pulumi.Input[str] | None = None
    """A disk image, or an image resource of the stack."""
    clone: pulumi.Input[str] | None = None
    """Another volume of the stack."""
    content: pulumi.Input[str] | None = None
    """A folder on the machine that runs virtwright; its files are copied in."""


class VolumeSourceArgsDict(TypedDict):
    """What a new volume is filled with, once. Exactly one field is set."""

    image: NotRequired[pulumi.Input[str] | None]
    """A disk image, or an image resource of the stack."""
    clone: NotRequired[pulumi.Input[str] | None]
    """Another volume of the stack."""
    content: NotRequired[pulumi.Input[str] | None]
    """A folder on the machine that runs virtwright; its files are copied in."""
