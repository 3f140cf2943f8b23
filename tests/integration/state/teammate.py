"""One machine of a team: applies stacks that others apply too. Run as ``python -m tests.integration.state.teammate``."""

import random
import sys
import time
from pathlib import Path

from tests.fake_provider import FakeWorld
from tests.programs import Item, ListProgram
from tests.states import open_store

from virtwright.engine.api import Engine
from virtwright.engine.plan import RunOptions
from virtwright.errors import LeaseHeldError

STACKS = [f"team{number}" for number in range(10)]


def program(stack: str, size: int) -> ListProgram:
    """``size`` networks and as many volumes."""
    items = [Item(kind, f"{kind.lower()}{number}", _INPUTS[kind]) for number in range(size) for kind in _INPUTS]
    return ListProgram(*items, stack=stack)


_INPUTS = {"Network": {}, "Container": {"image": "host"}}


def work(home: Path, hosts: Path, rounds: int, seed: int) -> None:
    """Apply each stack ``rounds`` times, in an order and to sizes of its own. Prints how often it had to wait and the
    seconds that it took."""
    dice, waited = random.Random(seed), 0
    world = FakeWorld(folder=hosts)
    jobs = STACKS * rounds
    dice.shuffle(jobs)
    with open_store(home) as store:
        engine = Engine(store, opener=world.open)
        print("ready", flush=True)
        sys.stdin.readline()
        started = time.monotonic()
        for stack in jobs:
            wanted = program(stack, dice.randrange(1, 4))
            try:
                result = engine.apply(wanted, RunOptions(lease_wait=0.0))
            except LeaseHeldError:
                waited += 1
                result = engine.apply(wanted, RunOptions(lease_wait=120.0))
            assert result.succeeded, result
        print(waited, time.monotonic() - started, flush=True)


if __name__ == "__main__":
    work(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
