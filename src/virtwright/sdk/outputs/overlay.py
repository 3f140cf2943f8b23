"""Outputs from ``schemas/overlay.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from typing import Any

import pulumi


@pulumi.output_type
class LibvirtOverlay(dict[str, Any]):
    """What only libvirt hosts know."""

    xml: str | None
    """A fragment laid over the generated XML. Default: none."""
