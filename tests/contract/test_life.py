"""One resource of each kind from its creation to its end."""

import pytest
from tests.contract.conftest import OpenStage
from tests.contract.registry import cases, per_subject
from tests.contract.stage import Stage, volumes
from tests.programs import Item

from virtwright.errors import HostError
from virtwright.providers.context import Context


@pytest.mark.parametrize(("name", "kind"), cases(lambda each: each.samples, str))
def test_a_whole_life(name: str, kind: str, open_stage: OpenStage) -> None:
    """Made, really there, true outputs, no changes planned; then deleted, really gone, and deleting again is fine."""
    stage = open_stage(name)
    sample = stage.subject.samples[kind]
    stage.assert_there(())
    stage.apply(sample.items)
    stage.assert_settled(sample.items)
    record = stage.records()[sample.item.name]
    if sample.outputs is not None:
        sample.outputs(stage.subject, record.outputs)
    stage.apply(sample.items)
    assert stage.records()[sample.item.name] == record
    stage.apply(sample.needs, allow=(sample.item.name,))
    stage.assert_settled(sample.needs)
    _delete_again(stage, kind, record.id or "")
    assert stage.destroy(allow=volumes(sample.items)).succeeded
    stage.assert_there(())


def _delete_again(stage: Stage, kind: str, id: str) -> None:
    with stage.handler(kind) as handler:
        handler.delete(id, Context())
        handler.delete("not-an-id", Context())


@pytest.mark.parametrize(("name", "case"), cases(lambda each: each.in_use, lambda case: case[1]))
def test_what_is_used_is_not_deleted(name: str, case: tuple[tuple[Item, ...], str], open_stage: OpenStage) -> None:
    stage = open_stage(name)
    items, used = case
    stage.apply(items)
    record = stage.records()[used]
    with stage.handler(record.kind) as handler, pytest.raises(HostError, match="in use"):
        handler.delete(record.id or "", Context())
    stage.assert_settled(items)


@pytest.mark.parametrize(("name", "items"), cases(lambda each: each.broken, lambda items: items[-1].name))
def test_a_create_that_fails_leaves_nothing(name: str, items: tuple[Item, ...], open_stage: OpenStage) -> None:
    stage = open_stage(name)
    result = stage.desk.apply(items)
    assert not result.succeeded
    stage.assert_there(items[:-1])
    assert list(stage.steps(items)) == [items[-1].name]
    stage.apply(items[:-1])
    stage.assert_settled(items[:-1])


@pytest.mark.parametrize("name", per_subject(any_way=True))
def test_a_plan_touches_nothing(name: str, open_stage: OpenStage) -> None:
    stage = open_stage(name)
    start, goal = stage.subject.journey
    stage.plan(start)
    stage.assert_there(())
    stage.apply(start)
    stage.assert_there(start)
    before, life = stage.subject.census(), stage.subject.life()
    assert stage.steps(goal)
    assert (stage.subject.census(), stage.subject.life()) == (before, life)
    stage.assert_settled(start)
