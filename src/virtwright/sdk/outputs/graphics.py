"""Outputs from ``schemas/graphics.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from typing import Any

import pulumi


@pulumi.output_type
class Graphics(dict[str, Any]):
    """A graphical console."""

    type: str
    """Its protocol. Default: none."""
    listen: str
    """The host's address it listens on. Default: 127.0.0.1."""
    port: int | None
    """The host's port. Default: chosen by the host."""
    password: str | None
    """Give it as a secret. With VNC at most 8 characters. Default: none."""
