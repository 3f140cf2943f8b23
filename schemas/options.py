"""What can be said of every resource, whatever its kind. The engine acts on these; providers never see them."""

from typing import Annotated

from pydantic import Field

from virtwright.schemas.model import Model
from virtwright.schemas.quantities import Duration
from virtwright.schemas.text import Line, Name


class Timeouts(Model):
    """How long one operation on this resource may take."""

    create: Duration | None = None
    """Longest time to create it, its readiness included. Default: 10m."""
    update: Duration | None = None
    """Longest time for a change. Default: 10m."""
    delete: Duration | None = None
    """Longest time to delete it. Default: 10m."""


class Options(Model):
    """The options common to all resources."""

    host: Name | None = None
    """The host it lives on. Default: the first host of the stack."""
    depends_on: list[Line] = []
    """Resources that must be there first, as ``vms.db`` or ``db`` where the name is unique."""
    protect: bool = False
    """Refuse to delete or replace it."""
    retain_on_delete: bool = False
    """When it leaves the stack, forget it and leave the real object on the host."""
    ignore_changes: list[Line] = []
    """Field paths whose differences are ignored, such as ``labels`` or ``disks[0].size``."""
    timeouts: Timeouts = Timeouts()
    count: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """Make this many, named ``NAME-0``, ``NAME-1``, ...; ``${index}`` gives each its number."""
