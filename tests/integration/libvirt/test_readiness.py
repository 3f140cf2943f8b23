"""Waiting for a real guest: each thing that can be waited for, what is said meanwhile, and how it ends."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.guests.domains import define_guest, start_network
from tests.guests.facts import ask
from tests.libvirt_lab import LibvirtLab

from virtwright.errors import CancelledError, HostError, WaitTimeoutError
from virtwright.providers.context import Context
from virtwright.providers.libvirt.machines import console_log
from virtwright.providers.libvirt.readiness.waiting import Readiness
from virtwright.providers.namespace.network.netns import inside, opened
from virtwright.schemas.machine import VirtualMachine

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(600)]
_NAME = "ready"
_PATIENCE = 240


@pytest.fixture
def guest(libvirt_daemon: LibvirtLab) -> Iterator[Any]:
    """A machine that is defined and was not started yet, on a network of its own."""
    libvirt_daemon.sweep()
    start_network(libvirt_daemon.api, "ready-net", 7)
    log = console_log.path_of(libvirt_daemon.connection, _NAME)
    assert log is not None
    yield define_guest(libvirt_daemon.api, _NAME, "ready-net", log)
    libvirt_daemon.sweep()


@pytest.fixture
def beside(libvirt_daemon: LibvirtLab, guest: Any) -> Iterator[None]:
    """This thread is on the host's network, as a virtwright that runs on that host is: after what the guest is made of was
    fetched from the machine's."""
    with opened(Path(f"/proc/{libvirt_daemon.init}/ns/net")) as network, inside(network):
        yield


def _ready(lab: LibvirtLab, guest: Any, context: Context | None = None, **wait: Any) -> Readiness:
    fields = {"wait_for": {"timeout": _PATIENCE, **wait}, "guest_agent": True, "cloud_init": {}}
    inputs = VirtualMachine.model_validate(fields)
    return Readiness(lab.connection, guest.UUIDString(), _NAME, inputs, context or Context())


@pytest.mark.usefixtures("beside")
def test_waiting_for_one_guest_from_its_start_to_its_end(libvirt_daemon: LibvirtLab, guest: Any) -> None:
    """In one test, as a guest takes seconds of a processor to start."""
    _all_that_a_guest_can_show_is_waited_for(libvirt_daemon, guest)
    _a_wait_that_takes_too_long_says_what_it_saw(libvirt_daemon, guest)
    _a_guest_without_cloud_init_never_finishes_it(libvirt_daemon, guest)
    _a_user_who_interrupts_does_not_wait(libvirt_daemon, guest)
    _a_machine_that_ends_meanwhile_is_noticed_by_its_event(libvirt_daemon, guest)
    _what_an_earlier_life_left_is_not_taken_for_the_new_one(libvirt_daemon, guest)


def _all_that_a_guest_can_show_is_waited_for(libvirt_daemon: LibvirtLab, guest: Any) -> None:
    said: list[str] = []
    context = Context(progress=lambda message, fraction=None: said.append(message))
    with _ready(libvirt_daemon, guest, context, address=True, tcp=80, ssh=True, guest_agent=True) as ready:
        guest.create()
        ready.wait()
    assert any("its guest agent does not answer" in each for each in said), said
    (address,) = [each["ipaddr"] for each in libvirt_daemon.api.networkLookupByName("ready-net").DHCPLeases()]
    facts = ask(libvirt_daemon.run, address)
    assert facts is not None
    assert [nic.address for nic in facts.nics.values()] == [address]


def _a_wait_that_takes_too_long_says_what_it_saw(libvirt_daemon: LibvirtLab, guest: Any) -> None:
    with _ready(libvirt_daemon, guest, tcp=81, timeout=1) as ready, pytest.raises(WaitTimeoutError) as caught:
        ready.wait()
    assert "waited 1s for ready to be ready; last seen: port 81 on 10.73.7." in caught.value.message
    assert "refused" in caught.value.message


def _a_guest_without_cloud_init_never_finishes_it(libvirt_daemon: LibvirtLab, guest: Any) -> None:
    with _ready(libvirt_daemon, guest, cloud_init=True, timeout=1) as ready, pytest.raises(WaitTimeoutError) as caught:
        ready.wait()
    assert "last seen: cloud-init is at its beginning" in caught.value.message


def _a_user_who_interrupts_does_not_wait(libvirt_daemon: LibvirtLab, guest: Any) -> None:
    context = Context()
    context.interrupted.set()
    with _ready(libvirt_daemon, guest, context, tcp=81) as ready, pytest.raises(CancelledError) as caught:
        ready.wait()
    assert "last seen: port 81" in caught.value.message


def _a_machine_that_ends_meanwhile_is_noticed_by_its_event(libvirt_daemon: LibvirtLab, guest: Any) -> None:
    outcome: list[BaseException] = []
    with _ready(libvirt_daemon, guest, cloud_init=True) as ready:
        waiting = threading.Thread(target=lambda: outcome.append(_error(ready)))
        waiting.start()
        time.sleep(0.5)
        guest.destroy()
        waiting.join(120)
    (error,) = outcome
    assert isinstance(error, HostError)
    assert not isinstance(error, WaitTimeoutError)
    assert "ready has ended before it was ready: it is off" in str(error)


def _what_an_earlier_life_left_is_not_taken_for_the_new_one(libvirt_daemon: LibvirtLab, guest: Any) -> None:
    """The lease is still there when the machine starts again."""
    assert libvirt_daemon.api.networkLookupByName("ready-net").DHCPLeases()
    with _ready(libvirt_daemon, guest, address=True, timeout=1) as ready:
        guest.createWithFlags(1)  # paused: it can't ask for an address
        with pytest.raises(WaitTimeoutError) as caught:
            ready.wait()
    assert "it has no address yet" in caught.value.message


def _error(ready: Readiness) -> BaseException:
    try:
        ready.wait()
    except HostError as error:
        return error
    return AssertionError("it was ready")
