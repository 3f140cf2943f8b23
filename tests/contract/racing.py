"""Two states that look at one empty host at the same moment, and then make the same resources on it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from tests.contract.stage import Stage, volumes

from virtwright.engine.events import Event, StepFailed, StepStarted
from virtwright.engine.ids import new_id
from virtwright.engine.state.identity import new_identity
from virtwright.engine.state.records import ResourceRecord
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.taken import TakenError
from virtwright.schemas.kinds import EVERY_KIND
from virtwright.schemas.values import reveal

_BY_ID_ALONE: Final = {"docker": {"Image"}}
"""Kinds whose objects have no names of their own, so that one is made for each state."""


def made_meanwhile(stage: Stage, beside: Path) -> None:
    """The second has looked, and planned, when the first makes all. Then each handler is asked as the second's engine would ask it."""
    items, _ = stage.subject.journey
    other, told = stage.beside(beside), list[Event]()

    def listen(event: Event) -> None:
        told.append(event)
        if isinstance(event, StepStarted) and not stage.events:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(stage.apply, items, allow=volumes(items)).result()

    result = other.desk.work(lambda engine, _: engine.apply(other.desk.program(items)), listen)
    failed = [event.problem for event in told if isinstance(event, StepFailed)]
    assert not result.succeeded and failed
    assert any("belongs to another state" in each.message and stage.identity() in each.message for each in failed), (
        failed
    )
    stage.write_data("ours")
    life = stage.subject.life()
    for record in stage.records().values():
        if record.kind not in _BY_ID_ALONE.get(stage.subject.name, ()):
            _assert_refused(stage, record)
    stage.assert_settled(items)
    stage.assert_data("ours")
    assert stage.subject.life() == life


def _assert_refused(stage: Stage, record: ResourceRecord) -> None:
    with stage.handler(record.kind) as handler:
        program = stage.desk.program(())
        stamp = Stamp(f"{program.name.project}/{program.name.stack}", str(record.urn), new_id(), "", new_identity())
        inputs: Any = reveal(record.inputs)
        model = EVERY_KIND[record.kind].inputs.model_validate(inputs)
        with pytest.raises(TakenError) as caught:
            handler.create(stamp, model, Context())
        holder = caught.value.holder
        assert (holder.id, holder.stamp.identity) == (record.id, stage.identity())
        assert holder.stamp.urn == str(record.urn) and replace(stamp, identity=holder.stamp.identity).is_signed
