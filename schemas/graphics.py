"""Graphical consoles."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from virtwright.schemas.faults import fault
from virtwright.schemas.model import Model
from virtwright.schemas.numbers import Port
from virtwright.schemas.sensitive import SENSITIVE
from virtwright.schemas.text import Address, Line

_LONGEST_VNC_PASSWORD = 8  # RFC 6143, 7.2.2: the password is the key of a DES cipher


class Graphics(Model):
    """A graphical console."""

    type: Literal["none", "vnc", "spice"] = "none"
    """Its protocol. Default: none."""
    listen: Address = "127.0.0.1"
    """The host's address it listens on. Default: 127.0.0.1."""
    port: Port | None = None
    """The host's port. Default: chosen by the host."""
    password: Annotated[Line, SENSITIVE] | None = None
    """Give it as a secret. With VNC at most 8 characters. Default: none."""

    @model_validator(mode="after")
    def _password_fits(self) -> Self:
        if self.type == "vnc" and isinstance(self.password, str) and len(self.password) > _LONGEST_VNC_PASSWORD:
            raise fault(f"VNC knows passwords of at most {_LONGEST_VNC_PASSWORD} characters", at=("password",))
        if self.type == "none" and self.password is not None:
            raise fault("a password needs a graphical console: type vnc or spice", at=("password",))
        return self


def _graphics(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


GraphicsField = Annotated[
    Graphics, BeforeValidator(_graphics, json_schema_input_type=Literal["none", "vnc", "spice"] | Graphics)
]
"""A graphical console, or only its type."""
