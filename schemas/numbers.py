"""Kinds of numbers."""

from typing import Annotated

from pydantic import Field

Count = Annotated[int, Field(ge=1, le=1_000_000)]
"""A whole number of at least 1."""
Cpus = Annotated[float, Field(gt=0, le=4096)]
"""CPUs' worth of time, as 0.5."""
Port = Annotated[int, Field(ge=1, le=65535)]
"""A TCP or UDP port."""
Id = Annotated[int, Field(ge=0, le=4_294_967_294)]
"""The number of a user or group."""
