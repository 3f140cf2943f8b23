"""How long an operation may take."""

import time
from typing import Any

import pytest
from tests.fake_provider import FakeHandler
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.providers.context import Context
from virtwright.schemas.options import Timeouts


def test_a_deletion_has_the_time_that_the_resource_last_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, float] = {}
    delete = FakeHandler.delete

    def noting(self: FakeHandler, id: str, context: Context) -> None:
        given[id] = context.deadline - time.monotonic()
        delete(self, id, context)

    monkeypatch.setattr(FakeHandler, "delete", noting)
    options: dict[str, Any] = {"timeouts": Timeouts(delete=60.0)}
    program = ListProgram(Item("Network", "quick", options=options), Item("Network", "usual"))
    bench.apply(program)
    ids = {record.urn.name: record.id for record in bench.records(program)}
    bench.engine.destroy(program.name)
    assert given[str(ids["quick"])] <= 60.0 < given[str(ids["usual"])]
