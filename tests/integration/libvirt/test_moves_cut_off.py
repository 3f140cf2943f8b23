"""kill -9 of a move at every committed row and inside of the provider's calls: the machine is on exactly one host, with its data, and
the next apply ends the move or takes it back. Nothing is there twice, and nothing is left behind."""

import os
from collections.abc import Iterator
from itertools import count

import pytest
from tests.integration.libvirt.two_hosts import TwoHosts, apply_dying

pytestmark = [pytest.mark.root, pytest.mark.soak, pytest.mark.slow, pytest.mark.timeout(3600)]
SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
POINTS = ("state.commit", "libvirt.move", "libvirt.machine", "libvirt.volume")
FEW = {"cold": (("libvirt.move", 9), ("state.commit", 6), ("libvirt.move", 3)), "live": (("libvirt.move", 4),)}
"""Without a soak: after the arrival, between machine and volume, while disks are copied; and just after a migration."""


@pytest.mark.parametrize("way", ["cold", "live"])
def test_the_machine_is_on_one_host(hosts: TwoHosts, way: str) -> None:
    hosts.inputs["libvirt"] = {"type": "qemu", "move": way}
    hosts.running_with_data()
    before, here, kills = hosts.content(0), 0, 0
    ended: set[str] = set()
    for point, position in FEW[way] if SOAK == 1 else _all(ended):
        there = 1 - here
        if not apply_dying(hosts, there, f"{point}:{position}=kill"):
            assert SOAK > 1, f"a move does not reach {point} {position} times"
            ended.add(point)
            here = there
            continue
        kills += 1
        here = there if kills % 2 else here
        print(f"killed at {point} {position}, then wanted on {here}")
        hosts.moved(here)
        assert hosts.domain(here).isActive()
        assert hosts.content(here) == before
    assert kills


def _all(ended: set[str]) -> Iterator[tuple[str, int]]:
    """Each position of each point, until a move does not reach it any more: until it has ``ended``."""
    for point in POINTS:
        for position in count(1):
            if point in ended:
                break
            yield point, position
