"""What a committed step costs: 5,000 creates, each an intent and then its result, against bare sqlite3 in the same run.

Run as ``python benchmarks/state_commits.py``. Batches are what the engine makes of steps that are due at the same time.
"""

import sqlite3
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from virtwright.engine.state.records import Changes, OperationRecord, ResourceRecord, utc_now
from virtwright.engine.state.store import StateStore
from virtwright.schemas.urn import Urn
from virtwright.stacks.base import StackName
from virtwright.stacks.keys import Keys

STEPS = 5000
BATCHES = (1, 8, 32)
NAME = StackName("bench", "bench")
INPUTS = {
    "image": "host",
    "command": ["a", "b"],
    "environment": {"A": "b"},
    "resources": {"cpus": 0.5, "memory": 2**26},
}
OUTPUTS = {"id": "abc", "address": "10.0.0.1"}


def _operations(count: int) -> Iterator[OperationRecord]:
    for number in range(count):
        urn = Urn("bench", "bench", "virtwright:index:Container", f"c{number}")
        yield OperationRecord(
            id=uuid.uuid4().hex, run="r", urn=urn, op="create", kind="Container", inputs=INPUTS, started=utc_now()
        )


def _result(op: OperationRecord) -> ResourceRecord:
    return ResourceRecord(
        row=uuid.uuid4().hex, urn=op.urn, kind=op.kind, id="x", inputs=op.inputs, outputs=OUTPUTS, created=op.started
    )


def ours(folder: Path, batch: int) -> float:
    """Seconds for all steps."""
    with StateStore.open(None, Keys({"VIRTWRIGHT_HOME": str(folder)})) as store:
        state = store.stack(NAME, create=True)
        with state.acquire(holder="benchmark", wait=0) as lease:
            started = time.perf_counter()
            operations = list(_operations(STEPS))
            for start in range(0, STEPS, batch):
                part = tuple(operations[start : start + batch])
                state.commit(Changes(begin=part), lease)
                state.commit(Changes(end=tuple(op.id for op in part), put=tuple(map(_result, part))), lease)
            return time.perf_counter() - started


def floor(folder: Path, batch: int) -> float:
    """The same number of transactions and rows, with nothing in them but two texts."""
    database = sqlite3.connect(folder / "floor.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE row (id TEXT PRIMARY KEY, content TEXT)")
    started = time.perf_counter()
    for _ in range(2):
        for start in range(0, STEPS, batch):
            database.execute("BEGIN IMMEDIATE")
            rows = [(uuid.uuid4().hex, "x" * 600) for _ in range(min(batch, STEPS - start))]
            database.executemany("INSERT INTO row VALUES (?, ?)", rows)
            database.execute("COMMIT")
    seconds = time.perf_counter() - started
    database.close()
    return seconds


def main() -> None:
    print(f"{STEPS} steps, two commits each; seconds")
    print(f"{'steps in a commit':>18} {'virtwright':>11} {'sqlite3':>8} {'ratio':>6} {'ms/step':>8}")
    for batch in BATCHES:
        with (
            tempfile.TemporaryDirectory(dir=Path.cwd()) as ours_folder,
            tempfile.TemporaryDirectory(dir=Path.cwd()) as floor_folder,
        ):
            bare, seconds = floor(Path(floor_folder), batch), ours(Path(ours_folder), batch)
        print(f"{batch:>18} {seconds:>11.2f} {bare:>8.2f} {seconds / bare:>6.1f} {seconds / STEPS * 1000:>8.2f}")


if __name__ == "__main__":
    main()
