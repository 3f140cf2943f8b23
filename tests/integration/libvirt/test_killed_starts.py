"""kill -9 of libvirtd while it starts a network: it forgets the bridge and the DHCP server, and nothing of its own ends them."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.contract.libvirt.items import BACK
from tests.contract.namespace.items import altered
from tests.contract.stage import Desk
from tests.libvirt_lab import LibvirtLab
from tests.private_hosts import child_of
from tests.programs import Item
from tests.waiting import PATIENCE, until

from virtwright.engine.events import Event, StepFailed
from virtwright.engine.hosts import open_provider

pytestmark = [pytest.mark.root, pytest.mark.slow]
HOOK = """#!/bin/sh
if [ "$2" = started ] && rm {flag}; then kill -9 $PPID; fi
"""
"""libvirt calls it when the servers run, and writes down afterwards that the network does."""


@pytest.fixture(scope="module")
def lab() -> Iterator[LibvirtLab]:
    """Its daemon dies in the next start of a network where there is a file ``die``."""
    with LibvirtLab() as made:
        hook = made.folder / "etc/hooks/network"
        hook.parent.mkdir()
        hook.write_text(HOOK.format(flag=made.folder / "die"))
        hook.chmod(0o755)
        made.restart()
        yield made


@pytest.fixture(autouse=True)
def swept(lab: LibvirtLab) -> Iterator[None]:
    yield
    lab.sweep()
    lab.end_forgotten_servers()


@pytest.mark.parametrize("before", [(), (altered(BACK, mtu=1400),)], ids=["made", "changed"])
def test_the_next_apply_starts_it(before: tuple[Item, ...], lab: LibvirtLab, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "home", lab.uri, open_provider)
    assert desk.apply(before).succeeded
    _die_in_the_next_apply(lab, desk)
    assert desk.apply([BACK]).succeeded
    (network,) = lab.api.listAllNetworks()
    assert network.isActive()
    assert network.bridgeName() in lab.run("ip", "-br", "link", "show", "type", "bridge")
    assert desk.apply([BACK]).summary == {"same": 1}


def _die_in_the_next_apply(lab: LibvirtLab, desk: Desk) -> None:
    (lab.folder / "die").touch()
    assert not desk.apply([BACK]).succeeded
    assert not (lab.folder / "die").exists()
    lab.await_end()
    lab.start()


def test_a_server_of_somebody_else_is_told(lab: LibvirtLab, tmp_path: Path) -> None:
    """The network is not there afterwards, whatever its bridge is called."""
    desk = Desk(tmp_path / "home", lab.uri, open_provider)
    events: list[Event] = []
    with _listening(lab):
        assert not desk.work(lambda engine, _: engine.apply(desk.program([BACK])), events.append).succeeded
    (failed,) = (event for event in events if isinstance(event, StepFailed))
    assert "Address already in use" in failed.problem.message
    assert "ss -lntup" in (failed.problem.hint or "")
    assert desk.apply([BACK]).succeeded


@contextmanager
def _listening(lab: LibvirtLab) -> Iterator[None]:
    """A DNS server on all addresses."""
    server = lab.begin("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--log-facility=-")
    try:
        until("it listens", lambda: ":53 " in lab.run("ss", "-lnu"))
        yield
    finally:
        os.kill(child_of(server), signal.SIGTERM)
        server.communicate(timeout=PATIENCE)
