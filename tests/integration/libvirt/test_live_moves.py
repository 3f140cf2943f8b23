"""Machines that go on running on their way from one libvirt host to another."""

import pytest
from tests.integration.libvirt.two_hosts import TwoHosts

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
