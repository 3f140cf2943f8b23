"""An output that the program calls a secret is one in the state, whatever wrote it there."""

from pathlib import Path
from typing import Any

import pytest
from tests.crashes import Place
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.api import Engine
from virtwright.engine.plan import RunOptions
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.state.store import StateStore
from virtwright.schemas.values import Secret


def program(**inputs: Any) -> ListProgram:
    options = {"secret_outputs": frozenset({"name"})}
    return ListProgram(Item("Container", "web", {"image": "host", **inputs}, options=options))


def test_a_refresh_keeps_it(bench: Bench) -> None:
    bench.apply(program())
    bench.world.find("web").inputs["labels"] = {"by": "hand"}
    bench.engine.refresh(program().name)
    (record,) = bench.records(program())
    assert record.inputs["labels"] == {"by": "hand"}
    assert isinstance(record.outputs["name"], Secret)


@pytest.mark.parametrize(("goal", "outcome"), [(program(), "adopted"), (program(labels={"a": "b"}), "finished")])
def test_a_killed_run_that_is_settled_keeps_it(tmp_path: Path, goal: ListProgram, outcome: str) -> None:
    """By a refresh, since an apply knows the program and mends what the settling wrote."""
    outcomes: set[str] = set()
    for commit in range(1, 9):
        place = Place(tmp_path / str(commit))
        if outcome == "finished":
            place.apply(program())
        if place.apply_dying(goal, RunOptions(), f"state.before-commit:{commit}=kill"):
            for each, record in place.with_engine(_refresh):
                assert isinstance(record.outputs["name"], Secret), each
                outcomes.add(each)
    assert outcome in outcomes


def _refresh(engine: Engine, store: StateStore) -> list[tuple[str, ResourceRecord]]:
    """What became of the operations, each with its record."""
    engine.refresh(program().name)
    state = store.stack(program().name)
    records = {record.urn: record for record in state.resources()}
    return [(each.outcome, records[each.urn]) for each in state.history() if each.urn in records]
