"""Data is lost only where the user named the resource."""

import os
import re
from collections.abc import Mapping
from typing import Final

from virtwright.engine.selection import address
from virtwright.errors import RefusedError, Where
from virtwright.plugin.place import Place

VARIABLE: Final = "VIRTWRIGHT_ALLOW_DATA_LOSS"
"""Names, addresses (``volumes.data``) or URNs of resources whose data may be lost, separated by commas or spaces."""


def check_loss(place: Place, what: str, environment: Mapping[str, str] = os.environ) -> None:
    """Raises ``RefusedError`` where the resource holds data and is not named. ``what`` would become of it: ``deleted``."""
    if not place.kind.holds_data:
        return
    name = address(place.urn)
    if {name, place.urn.name, str(place.urn)} & set(re.split(r"[\s,]+", environment.get(VARIABLE, ""))):
        return
    raise RefusedError(
        f"the data of {name} would be lost: it would be {what}",
        where=Where(urn=str(place.urn)),
        hint=f"if that is what you want, name it:\n    {VARIABLE}={name} pulumi up",
    )
