"""What the change of each field costs, in the form of golden files."""

from collections.abc import Callable
from typing import TypeVar

from tests.model_fields import without
from virtwright.providers.diff import Diff
from virtwright.schemas.model import Model

M = TypeVar("M", bound=Model)


def impacts(full: M, diff: Callable[[M, M], Diff]) -> dict[str, str]:
    """For each field that has a value in ``full``: what it costs to give it that and to take it away."""
    found = {}
    for path, other in without(full):
        given, taken = _cost(diff(other, full)), _cost(diff(full, other))
        found[path] = given if given == taken else f"{given}; taken away: {taken}"
    return found


def _cost(diff: Diff) -> str:
    if not diff:
        return "no change"
    unsettled = f", unsettles {' and '.join(sorted(diff.unsettles))}" if diff.unsettles else ""
    return diff.impact.label + ("" if diff.delete_before_create else ", the new one first") + unsettled
