"""What a create step shows: the fields that say something, as changes from nothing."""

from collections.abc import Iterator, Mapping
from functools import cache

from virtwright.providers.diff import Change, Impact, differences
from virtwright.schemas.model import Model, to_properties
from virtwright.schemas.values import Path, Properties, Unknown, Value


def created_changes(model: type[Model], inputs: Properties) -> tuple[Change, ...]:
    """Every leaf of ``inputs`` that differs from the default of its field in ``model``, and is neither empty nor false.
    A list of plain values is a leaf."""
    defaults = _defaults(model)
    said = {name: value for name, value in inputs.items() if value != defaults.get(name) or isinstance(value, Unknown)}
    return tuple(
        Change(leaf_path, None, leaf, Impact.NONE)
        for path, _, goal in differences({name: defaults.get(name) for name in said}, said)
        for leaf_path, leaf in _leaves(goal, path)
        if leaf is not None and leaf is not False and leaf != [] and leaf != {}
    )


@cache
def _defaults(model: type[Model]) -> Properties:
    return to_properties(model.model_construct())


def _leaves(value: Value, path: Path) -> Iterator[tuple[Path, Value]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list) and not all(isinstance(item, str | int | float) for item in value):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path, value
