"""The engine without a host: plans of many unchanged resources, and creating and destroying many trivial ones.

The floor is measured in the same run: two committed transactions for each resource, by sqlite3 alone.
"""

import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.fake_provider import FakeWorld
from tests.programs import Item, ListProgram

from virtwright.engine.api import Engine
from virtwright.engine.state.store import StateStore
from virtwright.stacks.base import EmptyProgram
from virtwright.stacks.keys import Keys

T = TypeVar("T")


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def _program(count: int) -> ListProgram:
    """Of at most 65,536 networks, none of which overlaps with another."""
    cidrs = (f"10.{number // 256}.{number % 256}.0/24" for number in range(count))
    return ListProgram(*(Item("Network", f"n{number}", {"cidr": cidr}) for number, cidr in enumerate(cidrs)))


def _floor(count: int, folder: Path) -> float:
    with sqlite3.connect(folder / "floor.db", isolation_level=None) as database:
        database.execute("pragma journal_mode=wal")
        database.execute("create table floor (id integer primary key, text text)")

        def write() -> None:
            for number in range(2 * count):
                database.execute("begin immediate")
                database.execute("insert or replace into floor values (?, ?)", (number, "x" * 400))
                database.execute("commit")

        seconds, _ = _timed(write)
    return seconds


def _measure(count: int, folder: Path) -> str:
    os.environ["VIRTWRIGHT_HOME"] = str(folder)
    world = FakeWorld(refuses_while_used=False)
    with StateStore.open(None, Keys()) as store:
        engine = Engine(store, opener=world.open)
        program = _program(count)
        first, plan = _timed(lambda: engine.plan(program))
        create, _ = _timed(lambda: engine.apply(program, expected=plan))
        again, _ = _timed(lambda: engine.plan(program))
        gone = engine.plan(EmptyProgram(program.name), command="destroy")
        destroy, _ = _timed(lambda: engine.destroy(program.name, expected=gone))
    floor = _floor(count, folder)
    return (
        f"{count:6} resources: first plan {first:6.2f} s, apply {create:6.2f} s ({create / count * 1000:.2f} ms each,"
        f" {create / floor:.1f} x the floor of {floor:.2f} s), unchanged plan {again:6.2f} s, destroy {destroy:6.2f} s"
    )


def main() -> None:
    for count in (1_000, 5_000, 10_000):
        with tempfile.TemporaryDirectory() as folder:
            print(_measure(count, Path(folder)))


if __name__ == "__main__":
    main()
