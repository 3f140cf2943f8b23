"""Which objects on a host were left by a run that was killed. Pure.

Pulumi asks for a resource to be created, and names no operation: a second time after a crash, and also for the new half of a
replacement, whose old half bears the same URN. So the ids of the operations that this plugin stamps grow with time: what is
left by a killed run is younger than the object that the engine knows, what is about to be deleted is older.
"""

import random
import time
from collections.abc import Collection, Sequence
from typing import Any, Final

from virtwright.providers.base import Observed

_OURS: Final = "p"
_LENGTH: Final = 32
_random = random.SystemRandom()


def new_operation() -> str:
    """An id that sorts behind all that were made before."""
    return f"{_OURS}{time.time_ns():016x}{_random.getrandbits(60):015x}"


def left_over(
    objects: Sequence[Observed[Any, Any]], known: Collection[str], own: Collection[str]
) -> list[Observed[Any, Any]]:
    """The objects of one URN that the engine lost sight of, the youngest first. ``known`` are the ids that it spoke of,
    ``own`` the objects that this process itself made or deleted. What bears the identity of a state of virtwright's own
    was made under no engine of Pulumi's."""
    candidates = [each for each in objects if each.id not in own and not each.stamp.is_signed]
    of_engine = [each.stamp.operation for each in objects if each.id in known]  # none of these is younger than all
    if of_engine:
        if not all(map(_is_ours, of_engine)):
            return []
        youngest = max(of_engine)
        candidates = [each for each in candidates if _is_ours(each.stamp.operation) and each.stamp.operation > youngest]
    return sorted(candidates, key=lambda each: (_is_ours(each.stamp.operation), each.stamp.operation), reverse=True)


def _is_ours(operation: str) -> bool:
    return len(operation) == _LENGTH and operation.startswith(_OURS)
