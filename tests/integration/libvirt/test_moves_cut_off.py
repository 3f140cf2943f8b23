"""kill -9 of a move at every committed row and inside of the provider's calls: the machine is on exactly one host, with its data, and
the next apply ends the move or takes it back. Nothing is there twice, and nothing is left behind."""

import os
from itertools import count

import pytest
from tests.integration.libvirt.two_hosts import TwoHosts, apply_dying

pytestmark = [pytest.mark.root, pytest.mark.soak, pytest.mark.slow, pytest.mark.timeout(1800)]
SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
POINTS = ("state.commit", "libvirt.move", "libvirt.machine", "libvirt.volume")
FEW = {"state.commit": (6,), "libvirt.move": (3, 9), "libvirt.machine": (2,), "libvirt.volume": (4,)}
"""Positions that are tried without a soak: one in the middle of each part of a move."""


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("way", ["cold", "live"])
def test_the_machine_is_on_one_host(hosts: TwoHosts, way: str, point: str) -> None:
    hosts.inputs["libvirt"] = {"type": "qemu", "move": way}
    hosts.running_with_data()
    before, here, kills = hosts.content(0), 0, 0
    for position in FEW[point] if SOAK == 1 else count(1):
        if not apply_dying(hosts, 1 - here, f"{point}:{position}=kill"):
            assert SOAK > 1, f"a move does not reach {point} {position} times"
            break
        kills += 1
        here = here if kills % 2 == 0 else 1 - here
        print(point, position, "then on", here)
        hosts.moved(here)
        assert hosts.domain(here).isActive()
        assert hosts.content(here) == before
    assert kills
