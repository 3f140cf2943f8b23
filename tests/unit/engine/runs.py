"""Runs for tests: what a state holds and what a program has registered, without a host."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final, cast

from tests.states import urn

from virtwright.engine.actor import Predictor
from virtwright.engine.hosts import Hosts
from virtwright.engine.masking import Redactor
from virtwright.engine.plan import RunOptions
from virtwright.engine.run import Run
from virtwright.engine.selection import Selection
from virtwright.engine.snapshot import Snapshot
from virtwright.engine.state.records import ResourceRecord
from virtwright.schemas.urn import HOST_TYPE, Urn

HERE: Final = Urn("prod", "shop", HOST_TYPE, "here")


def record(name: str, *needs: str, **fields: Any) -> ResourceRecord:
    needed = frozenset(urn(each) for each in needs)
    made = ResourceRecord(row=name, urn=urn(name), kind="Container", id=f"id-{name}", host=HERE, dependencies=needed)
    return replace(made, **fields)


def run(*records: ResourceRecord, registered: tuple[Urn, ...] = (), options: Any = None, **fields: Any) -> Run:
    """A plan whose program has registered just this."""
    snapshot = Snapshot.of(records)
    loop = asyncio.new_event_loop()
    made = Run(
        command="plan",
        snapshot=snapshot,
        actor=Predictor(snapshot),
        hosts=cast(Hosts, SimpleNamespace()),
        selection=Selection(RunOptions(**(options or {}))),
        listen=lambda event: None,
        redactor=Redactor(),
        mac=lambda data: "",
        typed="virtwright plan",
    )
    made.registered = {each: loop.create_future() for each in registered}
    loop.close()
    for name, value in fields.items():
        setattr(made, name, value)
    return made
