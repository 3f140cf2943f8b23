"""Inputs from ``schemas/graphics.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NotRequired, TypedDict

import pulumi


@pulumi.input_type
@dataclass(kw_only=True)
class GraphicsArgs:
    """A graphical console."""

    type: pulumi.Input[Literal["none", "vnc", "spice"]] | None = None
    """Its protocol. Default: none."""
    listen: pulumi.Input[str] | None = None
    """The host's address it listens on. Default: 127.0.0.1."""
    port: pulumi.Input[int] | None = None
    """The host's port. Default: chosen by the host."""
    password: pulumi.Input[str] | None = None
    """Give it as a secret. With VNC at most 8 characters. Default: none."""


class GraphicsArgsDict(TypedDict):
    """A graphical console."""

    type: NotRequired[pulumi.Input[Literal["none", "vnc", "spice"]] | None]
    """Its protocol. Default: none."""
    listen: NotRequired[pulumi.Input[str] | None]
    """The host's address it listens on. Default: 127.0.0.1."""
    port: NotRequired[pulumi.Input[int] | None]
    """The host's port. Default: chosen by the host."""
    password: NotRequired[pulumi.Input[str] | None]
    """Give it as a secret. With VNC at most 8 characters. Default: none."""
