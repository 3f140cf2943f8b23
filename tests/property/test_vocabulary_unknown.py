"""``UNKNOWN`` may stand for any part of valid inputs, is left where it was, and disturbs nothing else."""

import copy
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.vocabulary import EXAMPLES

from virtwright.schemas.display import describe_value
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.model import Model, to_properties
from virtwright.schemas.values import UNKNOWN, Path, walk

INPUTS: dict[str, type[Model]] = {"Host": Host, **{kind.name: kind.inputs for kind in KINDS.values()}}
SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
CASES = [(kind, number) for kind, examples in EXAMPLES.items() for number in range(len(examples))]


def places(value: Any, path: Path = ()) -> list[Path]:
    """The path of everything inside ``value``, containers too."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [each for key, item in pairs for each in [(*path, key), *places(item, (*path, key))]]


def put(value: Any, path: Path, item: Any) -> None:
    for part in path[:-1]:
        value = value[part]
    value[path[-1]] = item


def get(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


@pytest.mark.parametrize(("kind", "number"), CASES)
def test_unknown_in_each_single_place(kind: str, number: int) -> None:
    for path in places(EXAMPLES[kind][number]):
        inputs = copy.deepcopy(EXAMPLES[kind][number])
        put(inputs, path, UNKNOWN)
        dumped = to_properties(INPUTS[kind].model_validate(inputs))
        assert get(dumped, path) is UNKNOWN, path


@settings(max_examples=400 * SOAK, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_unknown_in_several_places(data: st.DataObject) -> None:
    kind, number = data.draw(st.sampled_from(CASES))
    inputs = copy.deepcopy(EXAMPLES[kind][number])
    every = places(inputs)
    chosen = data.draw(st.lists(st.sampled_from(every), unique=True, max_size=8)) if every else []
    kept = [path for path in chosen if not any(path != other and path[: len(other)] == other for other in chosen)]
    for path in kept:
        put(inputs, path, UNKNOWN)
    dumped = to_properties(INPUTS[kind].model_validate(inputs))
    found = {path for path, leaf in walk(dumped) if leaf is UNKNOWN}
    assert found >= set(kept)
    # only a field that was filled from an unknown one may be unknown besides
    assert all(path[-1] == "host_port" for path in found - set(kept))
    assert to_properties(INPUTS[kind].model_validate(dumped)) == dumped
    describe_value(kind, (), dumped)
