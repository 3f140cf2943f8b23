"""One operation makes one object. Of several that bear it at most one is the stack's, and the others are copies of its stamp (docs/decisions/0484)."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from virtwright.engine.ids import is_of_a_state
from virtwright.engine.selection import address
from virtwright.errors import Problem, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Observed
from virtwright.providers.names import object_name, other_name
from virtwright.schemas.kinds import TYPES
from virtwright.schemas.urn import Urn


@dataclass(frozen=True, slots=True)
class Known:
    """What tells the very object from its copies."""

    ids: Collection[str]
    """Those of the records that the state has where the objects are."""
    operations: Mapping[str, Collection[str]]
    """Those that made or changed the objects of all records, with the ids of these."""
    spent: Callable[[str], str | None]
    """The id of the object that an operation made, where the state has had it and has it no more."""
    is_open: Callable[[str], bool]
    """Whether an operation is under way, or was cut off."""


def copies_among(kind: str, objects: Collection[Observed[Any, Any]], known: Known) -> Iterator[Observed[Any, Any]]:
    """Those of the stack's ``objects`` of a kind that are copies. The id in the record decides, then the name that the stamp's object
    is given, then the earliest creation."""
    unknown = [each for each in objects if each.id not in known.ids]
    twins: dict[str, list[Observed[Any, Any]]] = defaultdict(list)
    for each in objects if unknown else ():
        twins[each.stamp.operation].append(each)
    return (each for each in unknown if _is_copy(each, kind, twins[each.stamp.operation], known))


def _is_copy(seen: Observed[Any, Any], kind: str, twins: Collection[Observed[Any, Any]], known: Known) -> bool:
    """What a killed run was making may have been renamed since: it is the only one with its operation."""
    operation = seen.stamp.operation
    if seen.displaced:
        return len(twins) > 1 or not known.is_open(operation)
    if not is_of_a_state(operation):
        return False
    recorded = known.operations.get(operation)
    left = known.spent(operation) if recorded is None else None
    if (
        seen.id not in (recorded if recorded is not None else (left or seen.id,)) and not known.is_open(operation)
    ) or not _is_for(kind, seen):
        return True
    if seen.id == left:
        return False
    return any(each.id in known.ids for each in twins) or seen is not min(twins, key=_rank)


def _is_for(kind: str, seen: Observed[Any, Any]) -> bool:
    """Whether the stamp was written for an object of this kind."""
    meant = TYPES.get(Urn.parse(seen.stamp.urn).own_type)
    return meant is None or meant.name == kind


def _rank(seen: Observed[Any, Any]) -> tuple[bool, bool, str, str]:
    return seen.displaced, not _has_given_name(seen), seen.made, seen.id


def likelihood(seen: Observed[Any, Any]) -> tuple[bool, bool, str, str]:
    """What is the greatest for the one of several that is taken for a resource's where no record and no history tells: a stamp of another
    operation can be made up, and the name of the resource is had by one object alone."""
    has_own = getattr(seen.outputs, "name", None) == object_name(seen.stamp)
    return has_own, _has_given_name(seen), seen.made, seen.id


def told_of_rival(seen: Observed[Any, Any], taken: str, host: str, uri: str) -> Problem:
    """That it is left alone, as no record tells which of two objects is a resource's. ``taken`` is the id of the other one."""
    urn = Urn.parse(seen.stamp.urn)
    return Problem(
        f"{name_of(seen)} bears the stamp of {address(urn)}, of another operation than {taken}, which the state has: an old one of a"
        " replacement, or a stamp that somebody made up. It is left alone",
        Where(urn=str(urn), host=host),
        f"look at both. To remove this one:\n    virtwright host gc {uri} --remove {seen.id}\n"
        f"if it is the resource's, remove the other one instead, and then:\n    virtwright state forget {address(urn)}\n"
        "    virtwright state recover",
    )


def _has_given_name(seen: Observed[Any, Any]) -> bool:
    given = object_name(seen.stamp)
    return getattr(seen.outputs, "name", None) in (given, other_name(given, seen.stamp.operation))


def told_of_copy(copy: Observed[Any, Any], host: str, uri: str) -> Problem:
    """That it is left alone, and why."""
    urn = Urn.parse(copy.stamp.urn)
    now, meant = next(
        ((each.prior, each.goal) for each in copy.drift if each.path == ("name",)), (copy.id, "another name")
    )
    where = Where(urn=str(urn), host=host)
    if copy.displaced:
        return Problem(
            f"{now} ({copy.id}) bears the stamp of {address(urn)}, written for {meant}: a copy, or renamed. It is left alone",
            where,
            f"if it is the very object, give it back the name {meant} and recover again",
        )
    return Problem(
        f"{name_of(copy)} bears the stamp of {address(urn)}, which was written for another object: a copy. It is left alone",
        where,
        f"to remove it:\n    virtwright host gc {uri} --remove {copy.id}",
    )


def refusal_of_copy(copy: Observed[Any, Any], urn: Urn, id: str | None, uri: str) -> tuple[str, str]:
    """Why what stands in a resource's place is not taken for its object, which had the ``id``, and what to do."""
    had = f", which the state had ({id})" if id is not None else ""
    return (
        f"{name_of(copy)} is in the place of {address(urn)} with the stamp of another object{had}: it is a copy",
        f"to remove it, so that {address(urn)} is made anew:\n    virtwright host gc {uri} --remove {copy.id}",
    )


def latest_made(objects: Iterable[Observed[Any, Any]]) -> Observed[Any, Any] | None:
    """The one of a resource's objects that took the place of the others, whatever order the host lists them in."""
    return max(objects, key=lambda each: (each.made, each.id), default=None)


def name_of(seen: Observed[Any, Any]) -> str:
    """An object as it is told from others of its resource: ``shop_web (4f5e...)``."""
    name = getattr(seen.outputs, "name", None)
    return f"{name} ({seen.id})" if name and name != seen.id else seen.id
