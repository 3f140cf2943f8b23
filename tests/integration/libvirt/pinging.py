"""Pings to a guest, all the time, and the longest time without an answer."""

import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tests.libvirt_lab import LibvirtLab

INTERVAL: Final = 0.1
"""Seconds between two pings."""
_PATIENCE: Final = 60.0
_PING: Final = """
import os, select, socket, struct, sys, time
address, interval = sys.argv[1], float(sys.argv[2])
line = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.getprotobyname("icmp"))
number, due, last, longest = 0, 0.0, None, 0.0
while True:
    now = time.monotonic()
    if now >= due:
        head = struct.pack("!BBHHH", 8, 0, 0, os.getpid() & 0xFFFF, number & 0xFFFF)
        total = sum(struct.unpack("!4H", head))
        total = (total & 0xFFFF) + (total >> 16)
        head = struct.pack("!BBHHH", 8, 0, ~total & 0xFFFF, os.getpid() & 0xFFFF, number & 0xFFFF)
        try:
            line.sendto(head, (address, 0))
        except OSError:
            pass
        number, due = number + 1, now + interval
    ready = select.select([line, sys.stdin], [], [], max(0.0, due - time.monotonic()))[0]
    if sys.stdin in ready:
        break
    if ready:
        data, sender = line.recvfrom(1024)
        if sender[0] == address and data[20] == 0:
            now = time.monotonic()
            if last is not None:
                longest = max(longest, now - last)
            last = now
            print(f"{number} {longest:.3f}", flush=True)
"""


@dataclass
class Pings:
    """What is known when it is over."""

    answers: int = 0
    longest: float = 0.0
    """Seconds between two answers."""


@contextmanager
def pinging(lab: LibvirtLab, address: str) -> Iterator[Pings]:
    """From the lab's network, as long as the block lasts."""
    words = [*lab.enter(), "python3", "-c", _PING, address, str(INTERVAL)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    found = Pings()
    try:
        assert process.stdout is not None
        assert select.select([process.stdout], [], [], _PATIENCE)[0], f"{address} does not answer"
        yield found
    finally:
        said = process.communicate(timeout=_PATIENCE)[0].splitlines()  # it ends with its input
        found.answers = len(said)
        found.longest = float(said[-1].split()[1]) if said else float("inf")
