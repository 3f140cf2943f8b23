"""What can be said of every resource, whatever its kind. The engine acts on these; providers never see them."""

from typing import Annotated

from pydantic import Field

from virtwright.schemas.faults import Expected
from virtwright.schemas.model import Model
from virtwright.schemas.quantities import Duration
from virtwright.schemas.text import Name, Operand

Limit = Annotated[Duration, Field(gt=0)]
Dependency = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,255}$"), Expected("a resource, as vms.db")]


class Timeouts(Model):
    """How long one operation on this resource may take."""

    create: Limit | None = None
    """Longest time to create it, its readiness included, in seconds. Default: 10m."""
    update: Limit | None = None
    """Longest time for a change, in seconds. Default: 10m."""
    delete: Limit | None = None
    """Longest time to delete it, in seconds. Default: 10m."""


class Options(Model):
    """The options common to all resources."""

    host: Name | None = None
    """The host it lives on. Default: the first host of the stack."""
    depends_on: list[Dependency] = []
    """Resources that must be there first, as ``vms.db`` or ``db`` where the name is unique. Default: none but what its
    fields refer to."""
    protect: bool = False
    """Refuse to delete or replace it. Default: false."""
    retain_on_delete: bool = False
    """When it leaves the stack, forget it and leave the real object on the host. Default: false."""
    ignore_changes: list[Operand] = []
    """Field paths whose differences are ignored, such as ``labels`` or ``disks[0].size``. Default: none."""
    import_id: Operand | None = None
    """The id or name, on its host, of an object that somebody else made and that is taken over instead of making one, where the state
    knows none. Default: none."""
    timeouts: Timeouts = Timeouts()
    """How long one operation on it may take. Default: 10m each."""
    count: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """Make this many, named ``NAME-0``, ``NAME-1``, ...; ``${index}`` gives each its number. Default: one, named NAME."""
