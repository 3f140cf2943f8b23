"""What bears a stamp and is not ours, and what is ours and was forgotten."""

from pathlib import Path

import pytest
from tests.contract.conftest import OpenStage
from tests.contract.registry import cases, per_subject
from tests.contract.stage import volumes

from virtwright.engine.hands import Hands
from virtwright.engine.state.records import OperationRecord
from virtwright.errors import RefusedError
from virtwright.providers.base import Stamp


@pytest.mark.parametrize(("name", "kind"), cases(lambda each: each.samples, str, any_way=True))
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


@pytest.mark.parametrize("name", per_subject(any_way=True))
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


@pytest.mark.parametrize("name", per_subject(any_way=True))
def test_an_apply_after_a_lost_state_makes_nothing_twice(name: str, open_stage: OpenStage) -> None:
    """What is there may belong to a state that lives on: it is refused in words that name the command that takes it over."""
    stage = open_stage(name)
    items, _ = stage.subject.journey
    stage.apply(items)
    life, identity = stage.subject.life(), stage.identity()
    stage.lose_state()
    for work in (stage.plan, stage.apply):
        with pytest.raises(RefusedError, match="belongs to another state") as caught:
            work(items)
        assert identity in caught.value.message and "virtwright state recover" in (caught.value.hint or "")
    assert stage.desk.work(lambda engine, _: engine.recover(stage.desk.program(items))).succeeded
    assert stage.identity() == identity
    stage.assert_settled(items)
    assert stage.subject.life() == life


@pytest.mark.parametrize("name", per_subject(any_way=True))
def test_objects_from_before_identities_stay_this_states(
    name: str, open_stage: OpenStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are read, changed and deleted as ever, and no other state with a stack of the name takes them for its own."""
    stage = open_stage(name)
    first, second = stage.subject.journey
    with monkeypatch.context() as before:
        before.setattr(Hands, "_stamp", _as_before)
        stage.apply(first, allow=volumes(first))
    stage.assert_settled(first)
    other = stage.beside(tmp_path / "beside")
    with pytest.raises(RefusedError, match="nothing proves that this state made it"):
        other.plan(first)
    stage.apply(second, allow=volumes((*first, *second)))
    stage.assert_settled(second)
    assert stage.destroy(allow=volumes(second)).succeeded
    assert stage.subject.census() == stage.subject.expected(())


def _as_before(hands: Hands, operation: OperationRecord) -> Stamp:
    """As a virtwright from before identities has stamped."""
    return Stamp(hands.stack, str(operation.urn), operation.id, operation.inputs_hash)
