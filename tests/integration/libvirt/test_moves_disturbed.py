"""A network that is cut, and daemons that are killed, in the middle of a move: the machine is on exactly one host, and the next apply
finishes it."""

import os

import pytest
from tests.integration.libvirt.two_hosts import Meanwhile, TwoHosts

from virtwright.providers.libvirt.moving import live

SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(600)]
UNDER_WAY = "while it runs"
KILLS = [("live", 0), ("live", 1), ("cold", 0), ("cold", 1)] if SOAK > 1 else [("live", 0), ("cold", 1)]


def test_hosts_that_lose_each_other(hosts: TwoHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_STALLED", 45.0)
    hosts.running_with_data()
    before, number = hosts.content(0), hosts.domain(0).ID()
    hosts.domain(0).migrateSetMaxSpeed(1)  # MiB/s, so that there is a middle
    cut = Meanwhile(UNDER_WAY, lambda: hosts.set_line("down"))
    try:
        assert not hosts.apply(1, meanwhile=cut).succeeded
    finally:
        hosts.set_line("up")
    assert cut.done, hosts.failures()
    (told,) = hosts.failures()
    assert "shop_db is where it was, on one" in told
    assert "10.99.0.2, TCP ports 49152 to 49215" in told
    assert "libvirt: {move: cold}" in told
    assert (hosts.domain(0).state()[0], hosts.domain(0).ID()) == (1, number), "it runs, and was not started anew"
    assert hosts.machines(1) == []
    hosts.domain(0).migrateSetMaxSpeed(1000)
    hosts.moved(1)
    assert hosts.content(1) == before


@pytest.mark.parametrize(("way", "victim"), KILLS)
def test_a_daemon_that_is_killed(hosts: TwoHosts, way: str, victim: int) -> None:
    hosts.inputs["libvirt"] = {"type": "qemu", "move": way}
    hosts.running_with_data()
    before = hosts.content(0)
    if way == "live":
        hosts.domain(0).migrateSetMaxSpeed(1)
    kill = Meanwhile(UNDER_WAY if way == "live" else "copy", hosts.labs[victim].restart)
    hosts.apply(1, meanwhile=kill)
    assert kill.done, hosts.failures()
    running = [number for number in (0, 1) if any(each.isActive() for each in hosts.labs[number].api.listAllDomains())]
    assert len(running) <= 1, "it runs once"
    hosts.moved(1)
    assert hosts.domain(1).isActive()
    assert hosts.content(1) == before
