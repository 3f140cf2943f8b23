"""Differences between two sets of inputs, and what they cost."""

from typing import Any, Final

import pytest

from virtwright.providers.diff import NO_DIFF, Change, Diff, Impact, compare, differences
from virtwright.schemas.container import Container
from virtwright.schemas.model import to_properties
from virtwright.schemas.values import UNKNOWN, Path, Secret, Value

NONE, LIVE, REBOOT, RECREATE, LOSS = Impact


@pytest.mark.parametrize(
    ("prior", "goal", "found"),
    [
        pytest.param({}, {}, [], id="nothing"),
        pytest.param({"a": 1}, {"a": 1}, [], id="equal"),
        pytest.param({"a": 1}, {"a": 2}, [(("a",), 1, 2)], id="another value"),
        pytest.param({"a": "1"}, {"a": 1}, [(("a",), "1", 1)], id="a text is no number"),
        pytest.param({"a": 1}, {"a": 1.0}, [], id="a number is the same in either form"),
        pytest.param({"a": True}, {"a": 1}, [(("a",), True, 1)], id="true is not 1"),
        pytest.param({"a": 1}, {"a": True}, [(("a",), 1, True)], id="1 is not true"),
        pytest.param({"a": 0.0}, {"a": False}, [(("a",), 0.0, False)], id="0 is not false"),
        pytest.param(
            {"a": [True, {"b": 0}]}, {"a": [1, {"b": False}]}, [(("a", 0), True, 1), (("a", 1, "b"), 0, False)]
        ),
        pytest.param({"a": True}, {"a": True}, [], id="true is true"),
        pytest.param({"a": True}, {"a": False}, [(("a",), True, False)], id="true is not false"),
        pytest.param({"a": None}, {"a": None}, [], id="none is none"),
        pytest.param({"a": None}, {}, [], id="what is none is absent"),
        pytest.param({}, {"a": None}, [], id="what is absent is none"),
        pytest.param({"a": None}, {"a": 0}, [(("a",), None, 0)], id="none is not 0"),
        pytest.param({"a": ""}, {}, [(("a",), "", None)], id="an empty text is not none"),
        pytest.param({"a": 1}, {}, [(("a",), 1, None)], id="gone"),
        pytest.param({}, {"a": 1}, [(("a",), None, 1)], id="new"),
        pytest.param(
            {"b": 1, "a": 1, 3: 1},
            {"b": 2, "a": 2, 3: 2},
            [((3,), 1, 2), (("a",), 1, 2), (("b",), 1, 2)],
            id="in order",
        ),
        pytest.param({"a": {"b": 1, "c": 1}}, {"a": {"b": 1, "c": 2}}, [(("a", "c"), 1, 2)], id="below"),
        pytest.param({"a": {"b": 1}}, {"a": {}}, [(("a", "b"), 1, None)], id="an empty map"),
        pytest.param({"a": {}}, {"a": None}, [(("a",), {}, None)], id="an empty map is not none"),
        pytest.param({"a": {"b": 1}}, {"a": [1]}, [(("a",), {"b": 1}, [1])], id="a map and a list"),
        pytest.param({"a": [1]}, {"a": {"b": 1}}, [(("a",), [1], {"b": 1})], id="a list and a map"),
        pytest.param({"a": [1, 2]}, {"a": [1, 3]}, [(("a", 1), 2, 3)], id="lists of one length, item by item"),
        pytest.param({"a": (1, 2)}, {"a": [1, 3]}, [(("a", 1), 2, 3)], id="a tuple and a list"),
        pytest.param({"a": [1, 2]}, {"a": (1, 3)}, [(("a", 1), 2, 3)], id="a list and a tuple"),
        pytest.param({"a": [1, 2]}, {"a": (1, 2)}, [], id="equal ones"),
        pytest.param({"a": [1]}, {"a": [1, 2]}, [(("a",), [1], [1, 2])], id="a longer list, as a whole"),
        pytest.param({"a": [1, 2]}, {"a": [1]}, [(("a",), [1, 2], [1])], id="a shorter list, as a whole"),
        pytest.param({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, [(("a", 0, "b"), 1, 2)], id="below a list"),
        pytest.param({"a": 1}, {"a": UNKNOWN}, [(("a",), 1, UNKNOWN)], id="not known yet"),
        pytest.param({"a": UNKNOWN}, {"a": UNKNOWN}, [(("a",), UNKNOWN, UNKNOWN)], id="neither is known"),
        pytest.param({"a": [UNKNOWN]}, {"a": [UNKNOWN]}, [(("a", 0), UNKNOWN, UNKNOWN)], id="neither is known, below"),
        pytest.param({"a": UNKNOWN}, {"a": 1}, [(("a",), UNKNOWN, 1)], id="known now"),
        pytest.param({"a": Secret("x")}, {"a": Secret("x")}, [], id="the same secret"),
        pytest.param(
            {"a": Secret(1)}, {"a": Secret(True)}, [(("a",), Secret(1), Secret(True))], id="a secret 1 is not true"
        ),
        pytest.param({"a": Secret("x")}, {"a": Secret("y")}, [(("a",), Secret("x"), Secret("y"))], id="another secret"),
    ],
)
def test_the_leaves_that_differ(prior: Any, goal: Any, found: list[tuple[Path, Value, Value]]) -> None:
    seen = list(differences(prior, goal))
    assert repr(seen) == repr(found), "as 1 == True"
    assert list(differences(prior, goal, ("at", 0))) == [(("at", 0, *path), old, new) for path, old, new in found]


IMPACTS: Final = {
    "labels": NONE,
    "resources": LIVE,
    "resources.pids": REBOOT,
    "networks.address": LIVE,
    "environment.A.B": LOSS,
    "command": LOSS,
}


def at(model: Container, path: Path) -> Value:
    """None where there is nothing."""
    value: Any = to_properties(model)
    for part in path:
        value = value.get(part) if isinstance(value, dict) else value[part]
    return value


@pytest.mark.parametrize(
    ("goal", "path", "impact"),
    [
        ({"labels": {"a": "b"}}, ("labels", "a"), NONE),
        ({"resources": {"cpus": 2}}, ("resources", "cpus"), LIVE),
        ({"resources": {"pids": 2}}, ("resources", "pids"), REBOOT),
        ({"networks": [{"network": "n", "address": "10.0.0.9"}]}, ("networks", 0, "address"), LIVE),
        ({"networks": [{"network": "m"}]}, ("networks", 0, "network"), RECREATE),
        ({"environment": {"A": "x"}}, ("environment", "A"), RECREATE),
        ({"hostname": "h"}, ("hostname",), RECREATE),
    ],
)
def test_a_change_costs_what_the_longest_prefix_says(goal: dict[str, Any], path: Path, impact: Impact) -> None:
    prior = Container.model_validate({"image": "host", "networks": ["n"]})
    wanted = Container.model_validate({"image": "host", "networks": ["n"], **goal})
    diff = compare(prior, wanted, IMPACTS)
    assert [(change.path, change.impact) for change in diff.changes] == [(path, impact)]
    assert diff.impact is impact
    assert not diff.delete_before_create and not diff.unsettles
    back = compare(wanted, prior, IMPACTS, default=LOSS, delete_before_create=True)
    assert back.delete_before_create
    assert [(each.prior, each.goal) for each in back.changes] == [(each.goal, each.prior) for each in diff.changes]
    [change] = diff.changes
    assert (change.prior, change.goal) == tuple(at(model, path) for model in (prior, wanted))
    assert back == Diff(back.changes, delete_before_create=True) and hash(back.changes)
    assert back.impact is (LOSS if impact is RECREATE else impact)


def test_what_a_diff_says_of_itself() -> None:
    changes = {impact: Change(("disks", 0, "size"), 1, 2, impact) for impact in Impact}
    assert not NO_DIFF and NO_DIFF.impact is NONE and not NO_DIFF.replaces
    for impact, change in changes.items():
        diff = Diff((changes[NONE], change, changes[NONE]))
        assert diff and diff.impact is impact
        assert diff.replaces == (impact in (RECREATE, LOSS))
    assert changes[LIVE].field == "disks[0].size"
    assert [impact.label for impact in sorted(Impact)] == ["none", "live", "reboot", "recreate", "data-loss"]
    assert [*map(int, Impact)] == [0, 1, 2, 3, 4]
    assert Diff(delete_before_create=True) != NO_DIFF
