"""Which objects on a host the engine has lost sight of, and which of them a killed run left there. Pure.

Pulumi asks for a resource to be created, and names no operation: a second time after a crash, and also for the new half of a
replacement, whose old half bears the same URN. So the ids of the operations that this plugin stamps grow with time: what a
killed run left is younger than the object that the engine knows, what is about to be deleted is older.
"""

import random
import time
from collections.abc import Collection, Sequence
from typing import Any, Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Observed

_OURS: Final = "p"
_LENGTH: Final = 32
_random = random.SystemRandom()
Seen = Observed[Any, Any]


def new_operation() -> str:
    """An id that sorts behind all that were made before."""
    return f"{_OURS}{time.time_ns():016x}{_random.getrandbits(60):015x}"


def is_of_plugin(operation: str) -> bool:
    """Whether the operation is one of a provider plugin's, and none of a state's."""
    return len(operation) == _LENGTH and operation.startswith(_OURS)


@dataclass(frozen=True, slots=True)
class Unspoken:
    """Objects of one URN that the engine has not spoken of, the youngest first."""

    left: Sequence[Seen] = ()
    """By a run that was killed: it has noted that it would make them, or has not finished them."""
    whole: Sequence[Seen] = ()
    """Nobody knows of what they are left: the engine was told to retain them, knows them by another name, or has lost its state;
    or a run on another machine was killed."""


def unspoken(
    objects: Sequence[Seen], known: Collection[str], own: Collection[str], cut_off: Collection[str]
) -> Unspoken:
    """``known`` are the ids that the engine spoke of, ``own`` the objects that this process itself made or deleted, ``cut_off`` the
    operations of creations that were. What bears the identity of a state of virtwright's own was made under no engine of Pulumi's, and
    a copy is nobody's."""
    mine = [each for each in objects if not each.stamp.is_signed and not each.displaced]
    rest = [each for each in mine if each.id not in known and each.id not in own]
    proven = [each for each in rest if each.stamp.operation in cut_off]
    unproven = [each for each in rest if each.stamp.operation not in cut_off]
    others = _younger(unproven, [each.stamp.operation for each in objects if each.id in known])
    unfinished = [each for each in others if not each.complete]
    return Unspoken(
        _youngest_first([*proven, *unfinished]), _youngest_first([each for each in others if each.complete])
    )


def _younger(objects: Sequence[Seen], known: Sequence[str]) -> Sequence[Seen]:
    """Beside objects that the engine knows, only younger ones are none that it has replaced."""
    if not known:
        return objects
    if not all(map(is_of_plugin, known)):
        return ()
    youngest = max(known)
    return [each for each in objects if is_of_plugin(each.stamp.operation) and each.stamp.operation > youngest]


def _youngest_first(objects: Sequence[Seen]) -> Sequence[Seen]:
    return sorted(objects, key=lambda each: (is_of_plugin(each.stamp.operation), each.stamp.operation), reverse=True)
