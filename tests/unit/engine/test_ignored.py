"""``ignore_changes``: what is ignored is neither shown nor touched."""

from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.schemas.values import Secret


def _web(**inputs: object) -> ListProgram:
    ignored = ("labels.by", "environment.PASSWORD", "resources.memory")
    return ListProgram(Item("Container", "web", {"image": "host", **inputs}, options={"ignore_changes": ignored}))


def test_an_update_of_another_field_leaves_the_ignored_one_as_it_is(bench: Bench) -> None:
    bench.apply(_web(labels={"by": "us"}))
    bench.world.find("web").inputs["labels"] = {"by": "hand"}
    goal = _web(labels={"by": "us", "new": "yes"})
    step = bench.step(goal, "web")
    assert [change.field for change in step.changes] == ["labels.new"]
    bench.apply(goal)
    assert bench.world.find("web").inputs["labels"] == {"by": "hand", "new": "yes"}
    bench.settled(goal)


def test_an_ignored_secret_stays_the_old_one_and_stays_secret(bench: Bench) -> None:
    bench.apply(_web(environment={"PASSWORD": Secret("old-hunter2")}))
    goal = _web(environment={"PASSWORD": Secret("new-hunter2")}, labels={"a": "b"})
    bench.apply(goal)
    assert bench.world.find("web").inputs["environment"] == {"PASSWORD": "old-hunter2"}
    record = bench.records(goal)[0]
    assert record.inputs["environment"] == {"PASSWORD": Secret("old-hunter2")}
    bench.settled(goal)


def test_drift_of_an_ignored_field_is_no_change(bench: Bench) -> None:
    goal = _web(resources={"memory": "64MiB"})
    bench.apply(goal)
    bench.world.find("web").inputs["resources"]["memory"] = 1 << 30
    assert bench.steps(goal) == []
    bench.settled(goal)
