"""What objects are called on a Docker host."""

import re
from typing import Final

from virtwright.providers.names import object_name, other_name

__all__ = ["host_name", "object_name", "other_name"]

_LONGEST: Final = 63


def host_name(name: str) -> str:
    """A resource's name as a host name of at most 63 letters, digits and dashes."""
    return re.sub(r"[^A-Za-z0-9-]", "-", name)[:_LONGEST].strip("-") or "container"
