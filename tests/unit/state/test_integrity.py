"""What must hold between the records of one state."""

from dataclasses import replace
from typing import Any, Final

import pytest
from tests.states import NAME, operation, resource, urn

from virtwright.engine.state.integrity import check_operations, check_resources
from virtwright.engine.state.records import ResourceRecord
from virtwright.errors import StateError
from virtwright.schemas.urn import Urn

A, B, C = (urn(name) for name in "abc")
ELSEWHERE: Final = (replace(A, stack="other"), replace(A, project="other"))


def needing(name: str, *needs: Urn, **fields: Any) -> ResourceRecord:
    return resource(name, dependencies=frozenset(needs), **fields)


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([], id="none"),
        pytest.param([needing("a", B, C), needing("b", C), needing("c")], id="a graph"),
        pytest.param([needing("a", host=B), needing("b")], id="a host"),
        pytest.param([needing("a"), needing("a", doomed=True), needing("a", doomed=True)], id="old ones of one name"),
        pytest.param([needing("a", C, doomed=True)], id="an old one that needs what is gone"),
        pytest.param([needing("a", B), needing("b", doomed=True)], id="one that needs an old one"),
        pytest.param([needing("a", B), needing("b"), needing("b", A, doomed=True)], id="a circle with an old one"),
    ],
)
def test_a_sound_state(records: list[ResourceRecord]) -> None:
    check_resources(NAME, records)


@pytest.mark.parametrize(
    ("records", "why", "at"),
    [
        *(
            pytest.param(
                [needing("b"), *given],
                f"it belongs to the stack {other.project}/{other.stack}, not to shop/prod",
                other,
                id=f"{name} of {other.project}/{other.stack}",
            )
            for other in ELSEWHERE
            for name, given in (("a resource", [needing("a", urn=other)]), ("a host", [needing("a", host=other)]))
        ),
        pytest.param([needing("b"), needing("a"), needing("a")], "two live resources have this URN", A, id="twice"),
        pytest.param([needing("b"), needing("a", C, B)], f"it depends on {C}, which is missing", A, id="missing"),
        pytest.param([needing("a", C, B)], f"it depends on {B}, which is missing", A, id="missing: the first"),
        pytest.param([needing("a", A)], "these depend on each other: a -> a", A, id="a circle of one"),
    ],
)
def test_a_damaged_state(records: list[ResourceRecord], why: str, at: Urn) -> None:
    with pytest.raises(StateError) as caught:
        check_resources(NAME, records)
    assert caught.value.message == f"the state is damaged: {why}"
    assert caught.value.where.urn == str(at)


def test_a_circle_is_told_with_its_names() -> None:
    records = [needing("a", B), needing("b", C), needing("c", A)]
    with pytest.raises(StateError) as caught:
        check_resources(NAME, records)
    text, _, names = caught.value.message.partition("other: ")
    assert text == "the state is damaged: these depend on each "
    circle = names.split(" -> ")
    assert circle[0] == circle[-1] and {*circle} == {"a", "b", "c"} and len(circle) == 4
    assert caught.value.where.urn == str(urn(circle[0]))


def test_operations_are_the_stacks_own() -> None:
    check_operations(NAME, [operation("a"), operation("a")])
    for other in ELSEWHERE:
        with pytest.raises(StateError, match=f"belongs to the stack {other.project}/{other.stack}, not to shop/prod"):
            check_operations(NAME, [operation("b"), operation("a", urn=other)])
