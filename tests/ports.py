"""Ports of 127.0.0.1 for what tests start."""

import random
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_FIRST: Final = 10_000


def free_port() -> int:
    """A TCP port that nobody has, and that nobody gets: connections begin at others, which the kernel chooses from a range of its own, and
    no other process of tests is given it while this one lives."""
    for port in _candidates():
        if _claimed(port) and _is_free(port):
            return port
    raise AssertionError("all ports are taken")


def _candidates() -> Sequence[int]:
    beyond = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    return random.SystemRandom().sample(range(_FIRST, beyond), beyond - _FIRST)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
        return True


def _claimed(port: int) -> bool:
    """By a name that the kernel gives to one socket alone, and frees when its process ends."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0virtwright-test-port-{port}")
    except OSError:
        claim.close()
        return False
    claim.detach()
    return True
