"""What objects are called on hosts that know names: readable, and told from the resource's identity."""

import hashlib
import re
from typing import Final

from virtwright.providers.base import Stamp
from virtwright.schemas.urn import Urn

_JOINT: Final = "_"
_LONGEST: Final = 63
"""A name may become a host name, whose labels are not longer."""
_MARK: Final = 8
_REFUSED: Final = re.compile(r"[^A-Za-z0-9_.-]")


def object_name(stamp: Stamp, *more: str) -> str:
    """``shop_web`` for the resource ``web`` of the stack ``shop``, ``shop_prod_web`` where project and stack differ. ``more``
    is put behind, as a replica's number. One resource of one stack has one name; two never share one: where the parts
    hold what joins them, or were changed to be a name, a hash of the identity follows."""
    urn = Urn.parse(stamp.urn)
    stack = (urn.stack,) if urn.project == urn.stack else (urn.project, urn.stack)
    parts = (*stack, urn.name, *more)
    name = _JOINT.join(_REFUSED.sub("-", part) for part in parts).lstrip("_.-")
    plain = len(name) <= _LONGEST and not any(_JOINT in part or _REFUSED.search(part) for part in parts)
    return name if plain and name[:1].isalnum() else _marked(name, "\0".join((stamp.stack, stamp.urn, *more)))


def other_name(name: str, operation: str) -> str:
    """A name for an object whose own is taken: by the one that it replaces, or by somebody else's."""
    return _marked(name, operation)


def _marked(name: str, identity: str) -> str:
    mark = hashlib.sha256(identity.encode()).hexdigest()[:_MARK]
    return f"{name[: _LONGEST - _MARK - 1].rstrip('_.-') or 'x'}-{mark}"
