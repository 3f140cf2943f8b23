"""What a create step shows: the fields that say something, as changes from nothing."""

from virtwright.providers.diff import Change, Impact, differences
from virtwright.schemas.model import Model, to_properties
from virtwright.schemas.values import Properties, walk


def created_changes(model: type[Model], inputs: Properties) -> tuple[Change, ...]:
    """Every leaf of ``inputs`` that differs from the default of its field in ``model``."""
    defaults = to_properties(model.model_construct())
    return tuple(
        Change(leaf_path, None, leaf, Impact.NONE)
        for path, _, goal in differences(defaults, inputs)
        for leaf_path, leaf in walk(goal, path)
        if leaf is not None and leaf != [] and leaf != {}
    )
