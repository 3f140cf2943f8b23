"""Real states for tests: a store in a private folder, records, a commit with its own lease."""

import os
import uuid
from pathlib import Path
from typing import Any

from virtwright.engine.state import tables
from virtwright.engine.state.clock import Clock, boot_clock
from virtwright.engine.state.records import Changes, OperationRecord, ResourceRecord
from virtwright.engine.state.rows import stack_checksum
from virtwright.engine.state.sql import Connection
from virtwright.engine.state.stack import StackState
from virtwright.engine.state.store import StateStore
from virtwright.schemas.urn import Urn, type_token
from virtwright.stacks.base import StackName
from virtwright.stacks.keys import Keys

NAME = StackName("shop", "prod")


def keys_in(home: Path) -> Keys:
    return Keys({"VIRTWRIGHT_HOME": str(home)})


LOCATION = "VIRTWRIGHT_TEST_STATE"
"""The URL of the database that ``open_store`` uses in the place of a file in ``home``; for processes of a test, too."""


def open_store(home: Path, clock: Clock = boot_clock) -> StateStore:
    return StateStore.open(os.environ.get(LOCATION), keys_in(home), clock=clock)


def urn(name: str, stack: StackName = NAME) -> Urn:
    return Urn(stack.stack, stack.project, type_token("Container"), name)


def resource(name: str, **fields: Any) -> ResourceRecord:
    defaults: dict[str, Any] = {
        "row": uuid.uuid4().hex,
        "urn": urn(name),
        "kind": "Container",
        "id": f"id-{name}",
        "inputs": {"image": "host"},
        "outputs": {"address": "10.0.0.1"},
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
    }
    return ResourceRecord(**{**defaults, **fields})


def operation(name: str, **fields: Any) -> OperationRecord:
    defaults: dict[str, Any] = {
        "id": uuid.uuid4().hex,
        "run": "run-1",
        "urn": urn(name),
        "op": "create",
        "kind": "Container",
        "inputs": {"image": "host"},
        "started": "2026-01-01T00:00:00.000Z",
    }
    return OperationRecord(**{**defaults, **fields})


def commit(state: StackState, changes: Changes) -> int:
    with state.acquire(holder="a test", wait=5) as lease:
        return state.commit(changes, lease)


def as_before_identities(connection: Connection) -> None:
    """Leave the rows of stacks as a virtwright from before there were identities has written them."""
    for row in connection.rows(tables.STACK.select):
        before = {**row, "identity": None}
        change = "UPDATE stack SET identity = NULL, checksum = :checksum WHERE uid = :uid"
        connection.change(change, uid=row["uid"], checksum=stack_checksum(before))
