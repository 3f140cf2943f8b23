"""What changes in the state alone, told in the plan."""

from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.recorded import inputs, outputs
from virtwright.engine.step import Op
from virtwright.providers.diff import Change, Impact
from virtwright.schemas.values import UNKNOWN, Sealed, Secret


def web(description: str | Secret, **options: bool) -> ListProgram:
    return ListProgram(Item("Container", "web", {"image": "host", "description": description}, options=options))


def test_what_the_host_has_already_and_the_state_has_not(bench: Bench) -> None:
    assert bench.apply(web("before")).succeeded
    item = bench.world.find("web")
    item.inputs["description"] = "now"
    bench.world.put("fake://one", item)
    [step] = [each for each in bench.plan(web("now")).steps if each.urn.name == "web"]
    assert (step.op, step.recorded) == (Op.SAME, (Change(("description",), "before", "now", Impact.NONE),))
    assert bench.apply(web("now")).succeeded
    assert all(not each.recorded for each in bench.plan(web("now")).steps)


def test_options_are_told_beside_other_changes(bench: Bench) -> None:
    assert bench.apply(web("before", protect=True)).succeeded
    [step] = bench.plan(web("now")).changes
    assert (step.op, [each.field for each in step.changes]) == (Op.UPDATE, ["description"])
    assert step.recorded == (Change(("protect",), True, False, Impact.NONE),)


def test_what_is_no_secret_any_more(bench: Bench) -> None:
    assert bench.apply(web(Secret("hunter2"))).succeeded
    [step] = [each for each in bench.plan(web("hunter2")).steps if each.urn.name == "web"]
    assert (step.op, step.recorded) == (Op.SAME, (Change(("description", "secret"), True, False, Impact.NONE),))
    other = bench.plan(web("another")).changes[0]
    assert "hunter2" not in repr([change.prior for change in (*other.changes, *other.recorded)])


def test_of_outputs_only_what_is_known_is_told() -> None:
    before = {
        "same": [1],
        "flag": [1],
        "later": 1,
        "gone": Secret("x"),
        "sealed": Secret(Sealed("a")),
        "shown": Secret("y"),
    }
    told = {"same": [1], "flag": [True], "later": UNKNOWN, "sealed": Sealed("b"), "shown": "y", "new": Secret("z")}
    assert [(each.field, each.prior, each.goal) for each in outputs(before, told)] == [
        ("flag", [1], [True]),
        ("gone", Secret("x"), None),
        ("new", None, Secret("z")),
        ("shown", Secret("y"), "y"),
    ]


def test_of_inputs_all_is_told_that_is_declared_in_another_way() -> None:
    before = {"same": {"a": 1}, "flag": {"a": 1}, "empty": [], "shown": 1}
    now = {"same": {"a": 1}, "flag": {"a": True}, "empty": None, "shown": 2}
    told = Change(("shown",), 1, 2, Impact.LIVE)
    assert list(inputs(before, now, [told])) == [Change(("flag",), {"a": 1}, {"a": True}, Impact.NONE)]
