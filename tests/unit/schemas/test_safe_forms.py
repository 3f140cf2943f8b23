"""Words that a program would read as an option, or that are no words, tried in each field: none takes them."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError
from tests.safe_forms import assert_safe
from tests.vocabulary import CASES, EXAMPLES, INPUTS, get, places

from virtwright.schemas.model import Model, to_properties
from virtwright.schemas.values import Path, walk

HOSTILE = ["-", "-x=1", " a", "a\x7f"]


def broken(model: type[Model], inputs: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """The text that is accepted in a place against its promise; each text of the inputs is replaced in turn."""
    for place in places(inputs):
        holder, name = get(inputs, place[:-1]), place[-1]
        kept = holder[name]
        for word in HOSTILE if isinstance(kept, str) else ():
            holder[name] = word
            if not safe(model, inputs):
                yield place, word
        holder[name] = kept


def safe(model: type[Model], inputs: dict[str, Any]) -> bool:
    try:
        accepted = to_properties(model.model_validate(inputs))
        for place, leaf in walk(accepted):
            assert_safe(place, leaf)
    except ValidationError:
        return True
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize(("kind", "number"), CASES)
def test_each_field_keeps_the_promise_of_its_type(kind: str, number: int) -> None:
    assert not list(broken(INPUTS[kind], copy.deepcopy(EXAMPLES[kind][number])))
