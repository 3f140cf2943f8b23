"""What bears a stamp and is not ours, and what is ours and was forgotten."""

import pytest
from tests.contract.conftest import OpenStage
from tests.contract.registry import cases, per_subject
from tests.contract.stage import volumes


@pytest.mark.parametrize(("name", "kind"), cases(lambda each: each.samples, str))
def test_a_copy_is_a_stranger(name: str, kind: str, open_stage: OpenStage) -> None:
    """It is not seen, not changed and not deleted, also when the state is lost and when all is destroyed."""
    stage = open_stage(name)
    items = stage.subject.samples[kind].items
    stage.apply(items)
    before = stage.records()
    untouched = stage.subject.copy(before[stage.subject.samples[kind].item.name])
    assert stage.steps(items) == {}
    stage.apply(items)
    stage.lose_state()
    assert stage.desk.work(lambda engine, _: engine.recover(stage.desk.program(items))).succeeded
    assert {name: record.id for name, record in stage.records().items()} == {
        name: record.id for name, record in before.items()
    }
    assert stage.destroy(allow=volumes(items)).succeeded
    assert untouched()
    stage.assert_there(())


@pytest.mark.parametrize("name", per_subject())
def test_a_lost_state_is_recovered(name: str, open_stage: OpenStage) -> None:
    """From the stamps alone, secrets included; a plan then shows no changes, and nothing was touched."""
    stage = open_stage(name)
    for items in stage.subject.journey:
        stage.apply(items, allow=volumes(items))
        life, before = stage.subject.life(), stage.records()
        stage.lose_state()
        result = stage.desk.work(lambda engine, _, items=items: engine.recover(stage.desk.program(items)))  # type: ignore[misc]
        assert result.succeeded
        stage.assert_settled(items)
        assert stage.subject.life() == life
        after = stage.records()
        assert {each: record.id for each, record in after.items()} == {
            each: record.id for each, record in before.items()
        }
        assert {each: record.inputs for each, record in after.items()} == {
            each: record.inputs for each, record in before.items()
        }


@pytest.mark.parametrize("name", per_subject())
def test_an_apply_after_a_lost_state_adopts(name: str, open_stage: OpenStage) -> None:
    """Nobody has to know the command: what bears the stamp is taken over instead of being made twice."""
    stage = open_stage(name)
    items, _ = stage.subject.journey
    stage.apply(items)
    life = stage.subject.life()
    stage.lose_state()
    stage.apply(items)
    stage.assert_settled(items)
    assert stage.subject.life() == life
