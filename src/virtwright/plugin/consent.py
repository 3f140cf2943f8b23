"""What is done only where the user named the resource: data is lost, and objects that the engine does not know are taken over."""

import os
import re
from collections.abc import Mapping
from typing import Final

from virtwright.engine.selection import address
from virtwright.errors import RefusedError, Where
from virtwright.plugin.place import Place

LOSS: Final = "VIRTWRIGHT_ALLOW_DATA_LOSS"
"""Names, addresses (``volumes.data``) or URNs of resources whose data may be lost, separated by commas or spaces."""
TAKE_OVER: Final = "VIRTWRIGHT_TAKE_OVER"
"""Likewise: of resources that are to be what bears their name on the host already. ``*`` names all."""
_ALL: Final = "*"


def check_loss(place: Place, what: str, environment: Mapping[str, str] = os.environ) -> None:
    """Raises ``RefusedError`` where the resource holds data and is not named. ``what`` would become of it: ``deleted``."""
    if not place.kind.holds_data or _names(place) & _said(LOSS, environment):
        return
    name = address(place.urn)
    raise RefusedError(
        f"the data of {name} would be lost: it would be {what}",
        where=Where(urn=str(place.urn)),
        hint=f"if that is what you want, name it:\n    {LOSS}={name} pulumi up",
    )


def takes_over(place: Place, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the resource is to be what is there already."""
    return bool({*_names(place), _ALL} & _said(TAKE_OVER, environment))


def _names(place: Place) -> set[str]:
    return {address(place.urn), place.urn.name, str(place.urn)}


def _said(variable: str, environment: Mapping[str, str]) -> set[str]:
    return set(filter(None, re.split(r"[\s,]+", environment.get(variable, ""))))
