"""What a YAML stack says besides its resources: its configuration and its moves."""

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import ConfigDict, Field, model_validator

from virtwright.schemas.kinds import SECTIONS
from virtwright.schemas.model import Model
from virtwright.schemas.text import NAME_PATTERN, Text
from virtwright.schemas.values import Unknown, Value

ConfigType: TypeAlias = Literal["string", "integer", "number", "boolean", "list", "map"]
_SECTION = "|".join(SECTIONS)
ResourceAddress = Annotated[str, Field(pattern=rf"^({_SECTION})\.{NAME_PATTERN.removeprefix('^')}")]
"""A resource of a stack: its section and its name, as ``vms.db``."""


def fits_config_type(value: Value, type_: ConfigType) -> bool:
    """Whether ``value`` may be the value of a configuration key of this type. An integer is a number; a boolean is not."""
    match type_:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "list":
            return isinstance(value, list)
        case "map":
            return isinstance(value, dict) and all(isinstance(key, str) for key in value)


class ConfigDeclaration(Model):
    """One key of the stack's configuration."""

    type: ConfigType = "string"
    """What its value must be. ``map`` is an object of any depth. Default: string."""
    default: Any = None
    """The value where nothing else gives one. Default: none, so that a value must be given."""
    secret: bool = False
    """Its value is never shown and is stored encrypted. Default: false."""
    description: Text = ""
    """What it is for, shown when it is missing. Default: empty."""

    @model_validator(mode="after")
    def _default_fits(self) -> Self:
        if not isinstance(self.default, Unknown | None) and not fits_config_type(self.default, self.type):
            raise ValueError(f"the default is not of the type {self.type}")
        return self


class Moved(Model):
    """A resource that has got another name; it is kept, not made anew."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    source: Annotated[ResourceAddress, Field(alias="from")]
    """What it was called, as ``vms.db``."""
    to: ResourceAddress
    """What it is called now, in the same section."""

    @model_validator(mode="after")
    def _same_section(self) -> Self:
        if self.source == self.to:
            raise ValueError("from and to are the same")
        if self.source.split(".")[0] != self.to.split(".")[0]:
            raise ValueError("from and to must be in the same section: a resource can't become another kind")
        return self
