"""Processes that use a state, for tests that race, stop and kill them.

``python -m tests.integration.state.worker`` is a child of the test; ``start`` forks one that has all imported already.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from tests.forks import FORKS
from tests.states import LOCATION, NAME, open_store, resource

from virtwright import failpoints
from virtwright.engine.state.records import Changes
from virtwright.engine.state.sqlite import SqliteBackend
from virtwright.errors import LeaseLostError


def start(action: Callable[..., None], *words: Any, failpoint: str = "") -> ForkServerProcess:
    """``action`` with these ``words``, on the test's database."""
    process = FORKS.Process(target=_begin, args=(os.environ.get(LOCATION), failpoint, action, *words), daemon=True)
    process.start()
    return process


def _begin(location: str | None, failpoint: str, action: Callable[..., None], *words: Any) -> None:
    if location is not None:
        os.environ[LOCATION] = location
    failpoints.configure(failpoint)
    action(*words)


def race(home: Path, rounds: int) -> None:
    """Take and give back the lease ``rounds`` times, proving each time that nobody else holds it."""
    witness = home / "held"
    home.mkdir(exist_ok=True)
    with open_store(home) as store:
        state = store.stack(NAME)
        for _ in range(rounds):
            with state.acquire(holder=f"racer {os.getpid()}", wait=120, backup=False) as lease:
                descriptor = os.open(witness, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
                state.commit(Changes(put=(resource("turn", row="turn", id=str(lease.token)),)), lease)
                os.close(descriptor)
                witness.unlink()


def write(said: Connection, home: Path, commits: int, start: int) -> None:
    """Commit ``commits`` numbered rows, saying each number once it is committed."""
    with open_store(home) as store:
        state = store.stack(NAME, create=True)
        with state.acquire(holder="writer", wait=5, backup=False) as lease:
            for number in range(start, start + commits):
                state.commit(Changes(put=(resource(f"r{number:06}", created=f"{number:06}"),)), lease)
                said.send(number)


def stop(home: Path) -> None:
    """Take the lease, stop as if the machine had paused, and try to write when woken. Exits with 7 when refused."""
    with open_store(home) as store:
        state = store.stack(NAME)
        with state.acquire(holder="sleeper", wait=5, ttl=1.0) as lease:
            print("held", flush=True)
            os.kill(os.getpid(), signal.SIGSTOP)
            try:
                state.commit(Changes(put=(resource("late"),)), lease)
            except LeaseLostError:
                sys.exit(7)


def open_together(ready: Connection, go: Connection, made: bool, home: Path) -> None:
    """At the signal, which is that ``go`` ends, open the state, or no more than its file."""
    ready.send(None)
    with suppress(EOFError):
        go.recv()
    if made:
        open_store(home).close()
    else:
        SqliteBackend(home / "state.db").connect().close()


def hold(home: Path) -> None:
    """Take the lease for an hour and wait to be killed."""
    with open_store(home) as store:
        state = store.stack(NAME)
        state.acquire(holder="holder", wait=5, ttl=3600)
        print("held", flush=True)
        time.sleep(600)


if __name__ == "__main__":
    {"stop": stop, "hold": hold}[sys.argv[1]](Path(sys.argv[2]))
