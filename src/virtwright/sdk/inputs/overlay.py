"""Inputs from ``schemas/overlay.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi


@pulumi.input_type
@dataclass(kw_only=True)
class LibvirtOverlayArgs:
    """What only libvirt hosts know."""

    xml: pulumi.Input[str] | None = None
    """A fragment laid over the generated XML. Default: none."""


class LibvirtOverlayArgsDict(TypedDict):
    """What only libvirt hosts know."""

    xml: NotRequired[pulumi.Input[str] | None]
    """A fragment laid over the generated XML. Default: none."""
