"""From our differences to those that Pulumi shows."""

from collections.abc import Iterable

from virtwright.plugin.place import Place
from virtwright.plugin.property_path import property_path
from virtwright.providers.diff import Change, Diff, Impact
from virtwright.stacks.python.messages import provider_pb2

_KINDS = provider_pb2.PropertyDiff


def nothing_changed() -> provider_pb2.DiffResponse:
    return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)


def made_anew() -> provider_pb2.DiffResponse:
    """For an object that is gone, or was never whole: it is replaced for the sake of its id, the rest of it first."""
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME,
        replaces=["id"],
        diffs=["id"],
        deleteBeforeReplace=True,
        detailedDiff={"id": provider_pb2.PropertyDiff(kind=_KINDS.UPDATE_REPLACE)},
        hasDetailedDiff=True,
    )


def to_response(place: Place, diff: Diff) -> provider_pb2.DiffResponse:
    """Every changed field with what it causes: an update or a replacement."""
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME,
        replaces=_names(change for change in diff.changes if _replaces(change)),
        diffs=_names(diff.changes),
        stables=[] if diff.replaces else _stable(place, diff),
        deleteBeforeReplace=diff.replaces and diff.delete_before_create,
        detailedDiff={property_path(change.path): _detail(place, change) for change in diff.changes},
        hasDetailedDiff=True,
    )


def _replaces(change: Change) -> bool:
    return change.impact >= Impact.RECREATE


def _names(changes: Iterable[Change]) -> list[str]:
    return list(dict.fromkeys(str(change.path[0]) for change in changes if change.path))


def _stable(place: Place, diff: Diff) -> list[str]:
    """What the host reports and an update leaves as it is."""
    told = set(place.kind.outputs.model_fields) - set(place.kind.inputs.model_fields) - {"id"}
    return sorted(told - diff.unsettles - set(_names(diff.changes)))


def _detail(place: Place, change: Change) -> provider_pb2.PropertyDiff:
    if change.prior is None:
        kind = _KINDS.ADD_REPLACE if _replaces(change) else _KINDS.ADD
    elif change.goal is None:
        kind = _KINDS.DELETE_REPLACE if _replaces(change) else _KINDS.DELETE
    else:
        kind = _KINDS.UPDATE_REPLACE if _replaces(change) else _KINDS.UPDATE
    return provider_pb2.PropertyDiff(
        kind=kind, inputDiff=bool(change.path) and change.path[0] in place.kind.inputs.model_fields
    )
