"""What the state keeps of a host: where it was, and what it told of itself."""

from dataclasses import replace
from typing import Any, Final

import pytest
from tests.unit.engine.runs import HERE, record, run

from virtwright.engine import places
from virtwright.engine.admission import FORMER
from virtwright.engine.places import _record
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.state.traits import NO_TRAITS, Traits
from virtwright.engine.unrecorded_hosts import _is_known
from virtwright.schemas.values import Secret
from virtwright.stacks.base import HOST_KIND, Goal

ONE, TWO, THREE = ({"uri": f"fake://{name}"} for name in ("one", "two", "three"))
TOLD: Final = Traits(evidence={"engine": "1"})
THEN: Final = "2026-01-01T00:00:00.000Z"
NOW: Final = "2026-12-01T00:00:00.000Z"


def host(inputs: dict[str, Any], *former: dict[str, Any]) -> ResourceRecord:
    outputs = {"name": "here", **({FORMER: [*former]} if former else {})}
    return record(
        "here", urn=HERE, kind=HOST_KIND, host=None, inputs=inputs, outputs=outputs, traits=TOLD, created=THEN
    )


@pytest.mark.parametrize(
    ("prior", "inputs", "traits", "former"),
    [
        pytest.param(None, ONE, NO_TRAITS, [], id="new"),
        pytest.param(host(ONE), ONE, TOLD, [], id="the same"),
        pytest.param(host(ONE), {**ONE, "max_parallel": 2}, TOLD, [], id="another setting"),
        pytest.param(host(ONE), TWO, NO_TRAITS, [ONE], id="moved"),
        pytest.param(host(TWO, ONE), TWO, TOLD, [ONE], id="moved before"),
        pytest.param(host(TWO, ONE), THREE, NO_TRAITS, [ONE, TWO], id="moved again"),
        pytest.param(host(TWO, ONE), ONE, NO_TRAITS, [ONE, TWO], id="moved back"),
        pytest.param(host({"uri": Secret("fake://one")}), ONE, TOLD, [], id="the same, that was a secret"),
    ],
)
def test_what_a_host_told_is_of_its_place(
    monkeypatch: pytest.MonkeyPatch,
    prior: ResourceRecord | None,
    inputs: dict[str, Any],
    traits: Traits,
    former: list[dict[str, Any]],
) -> None:
    """At another URI it may be another host."""
    monkeypatch.setattr(places, "utc_now", lambda: NOW)
    monkeypatch.setattr(places, "new_id", lambda: "row")
    monkeypatch.setattr(places, "uuid4", lambda: "id")
    goal = Goal(HERE, HOST_KIND, inputs)
    expected = replace(host(inputs, *former), dependencies=goal.dependencies, traits=traits, modified=NOW)
    if prior is None:
        expected = replace(expected, row="row", id="id", created=NOW)
    assert _record(goal, inputs, prior) == expected


@pytest.mark.parametrize(
    ("records", "uri", "known"),
    [
        ([], "fake://one", False),
        ([host(ONE)], "fake://one", True),
        ([host(ONE)], "fake://two", False),
        ([host(TWO, ONE)], "fake://one", True),
        ([host(TWO, ONE)], "fake://two", True),
        ([host(TWO, ONE, THREE)], "fake://three", True),
        ([host(TWO, {"uri": Secret("fake://one")})], "fake://one", True),
        ([host(TWO, ONE)], "fake://four", False),
    ],
)
def test_where_the_state_has_a_host_or_had_it(records: list[ResourceRecord], uri: str, known: bool) -> None:
    assert _is_known(run(*records), Goal(HERE, HOST_KIND, {"uri": uri})) is known
