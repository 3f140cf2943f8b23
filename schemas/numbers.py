"""Kinds of numbers. A boolean is none of them, although Python says so."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from virtwright.schemas.faults import fault


def no_boolean(value: Any) -> Any:
    """For every field that holds a number: ``true`` is no 1."""
    if isinstance(value, bool):
        raise fault("expected a number", show=True)
    return value


Whole = Annotated[int, BeforeValidator(no_boolean, json_schema_input_type=int)]
"""A whole number."""
Count = Annotated[Whole, Field(ge=1, le=1_000_000)]
"""A whole number of at least 1."""
Cpus = Annotated[float, BeforeValidator(no_boolean, json_schema_input_type=float), Field(gt=0, le=4096)]
"""CPUs' worth of time, as 0.5."""
Port = Annotated[Whole, Field(ge=1, le=65535)]
"""A TCP or UDP port."""
Id = Annotated[Whole, Field(ge=0, le=4_294_967_294)]
"""The number of a user or group."""
