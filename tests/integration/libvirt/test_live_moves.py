"""Machines that go on running on their way from one libvirt host to another."""

import pytest
from tests.guests.booting import boot
from tests.integration.libvirt.inside import Inside
from tests.integration.libvirt.pinging import pinging
from tests.integration.libvirt.two_hosts import GUEST, TwoHosts

from virtwright.engine.events import StepProgress
from virtwright.engine.step import Op
from virtwright.providers.diff import Impact

pytestmark = [pytest.mark.root]


def test_a_running_machine_moves_and_is_not_started_again(hosts: TwoHosts) -> None:
    hosts.running_with_data()
    before = hosts.content(0)
    step = next(step for step in hosts.plan(1).steps if step.urn.name == "db")
    assert (step.op, step.impact, step.reason.partition(":")[0]) == (Op.MOVE, Impact.LIVE, "live")
    hosts.moved(1)
    told = [event.message for event in hosts.events if isinstance(event, StepProgress)]
    assert any("the guest stood still for" in each for each in told), told
    assert hosts.domain(1).isActive()
    assert hosts.content(1) == before
    hosts.moved(0)
    assert hosts.content(0) == before


@pytest.fixture
def guest(hosts: TwoHosts) -> TwoHosts:
    """Its machine has a guest on a network that both hosts share."""
    hosts.shares_network = True
    hosts.inputs |= {"memory": "160MiB", "boot": boot(), "guest_agent": True}
    return hosts


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_guest_answers_all_the_way(guest: TwoHosts) -> None:
    """Its uptime goes on, what it wrote before is there after, and the gap in its answers is short."""
    guest.moved(0)
    asked = Inside(guest.agent)
    asked.run("sh", "-c", f"killall udhcpc; ip addr add {GUEST}/24 dev eth0; ip link set eth0 up")
    born, number = asked.uptime(), asked.run("cat", "/proc/sys/kernel/random/boot_id")
    asked.run("sh", "-c", "echo precious | dd of=/dev/vda conv=fsync seek=7; echo there > /tmp/note")
    with pinging(guest.labs[0], GUEST) as pings:
        guest.moved(1)
    print(f"the guest gave {pings.answers} answers; the longest gap was {pings.longest:.2f} s")
    assert pings.answers > 10
    assert pings.longest < 30
    assert asked.run("cat", "/proc/sys/kernel/random/boot_id") == number
    assert asked.uptime() > born
    assert asked.run("cat", "/tmp/note") == "there\n"
    assert asked.run("dd", "if=/dev/vda", "skip=7", "bs=512", "count=1").startswith("precious\n")
