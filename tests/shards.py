"""A random campaign in several processes: each plays its share, from a seed of its own."""

import multiprocessing
import os
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Final

from hypothesis import core

Play = Callable[[int], int]
"""Plays that many inputs, and returns how many there were. Raises what is wrong."""
PROCESSES: Final = 2 * (os.cpu_count() or 1)
_ROUND: Final = 250
"""Inputs of one round: hypothesis remembers what it has tried, and is asked for no more at once."""


def in_shards(total: int, play: Play, seed: int) -> tuple[int, float]:
    """Play ``total`` inputs. Returns how many there were, and the seconds of processor time that they took. What goes wrong in a process
    is printed there, and raised here."""
    context = multiprocessing.get_context("fork")
    shares = [total // PROCESSES + (number < total % PROCESSES) for number in range(PROCESSES)]
    running = []
    for number, share in enumerate(shares):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_shard, args=(share, play, seed + number * total, theirs))
        process.start()
        theirs.close()
        running.append((process, ours))
    told = [_told(ours) for _, ours in running]
    for process, _ in running:
        process.join()
    assert all(process.exitcode == 0 for process, _ in running), "a history failed: see above"
    return sum(played for played, _ in told), sum(seconds for _, seconds in told)


def _told(ours: Connection) -> tuple[int, float]:
    try:
        played, seconds = ours.recv()
    except EOFError:
        return 0, 0.0
    return played, seconds


def _shard(share: int, play: Play, seed: int, theirs: Connection) -> None:
    played = 0
    while played < share:
        core.global_force_seed = seed + played  # type: ignore[assignment]  # its declared type is that of its first value
        played += play(min(_ROUND, share - played))
        print(f"process {os.getpid()}: {played} of {share}, {time.process_time():.0f} s of processor time", flush=True)
    theirs.send((played, time.process_time()))
