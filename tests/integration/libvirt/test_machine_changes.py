"""Forty single fields of a machine changed while a real guest runs in it: what the plan promised is seen from inside."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from tests.guests.facts import Facts
from tests.integration.libvirt.counted_calls import CountedConnection
from tests.integration.libvirt.running_guest import MIB, NIC, RunningGuest
from tests.libvirt_lab import LibvirtLab
from tests.waiting import until

from virtwright.errors import HostError
from virtwright.providers.diff import Impact
from virtwright.providers.libvirt.machines import addresses, observation
from virtwright.providers.libvirt.machines.operations import MachineOperations

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(1500)]


@dataclass(frozen=True)
class Outside:
    """Asked of libvirt, where the guest can't know whether it is in force."""

    holds: Callable[[RunningGuest], object]


Proof = Callable[[RunningGuest, Facts], object] | Outside
Change = tuple[dict[str, Any], tuple[str, ...], Proof]
LOG = "/var/log/libvirt/qemu/shop_db.log"
"""Of its QEMU, as libvirt tells it."""
A = {"volume": "{a}", "serial": "A1"}
B = {"volume": "{b}", "serial": "B1"}
CD = {"volume": "{one}", "device": "cdrom"}
SIDE = {"network": "{side}"}


def serials(facts: Facts) -> dict[str, int]:
    return {disk.serial: disk.size for disk in facts.disks.values() if disk.serial}


def says(text: str) -> Outside:
    return Outside(lambda guest: text in guest.running())


def has_not(text: str) -> Outside:
    return Outside(lambda guest: text not in guest.running())


TOLD: Final = Outside(lambda _: True)
"""Nothing of it can be seen but that the next plan does not show it."""


LIVE: tuple[Change, ...] = (
    ({"cpus": 1}, ("cpus",), lambda _, facts: facts.cpus == 1),
    ({"cpus": 2}, ("cpus",), lambda _, facts: facts.cpus == 2),
    ({"memory": "160MiB"}, ("memory",), lambda _, facts: facts.memory < 140 * MIB),
    ({"memory": "224MiB"}, ("memory",), lambda _, facts: facts.memory > 160 * MIB),
    ({"disks": [CD, A]}, ("disks[1]",), lambda _, facts: serials(facts) == {"A1": 8 * MIB}),
    ({"disks": [CD, A, B]}, ("disks[2]",), lambda _, facts: serials(facts) == {"A1": 8 * MIB, "B1": 4 * MIB}),
    ({"disks": [CD, B]}, ("disks[1]",), lambda _, facts: serials(facts) == {"B1": 4 * MIB}),
    ({"disks": [CD, {**B, "volume": "{a}"}]}, ("disks[1].volume",), lambda _, facts: serials(facts) == {"B1": 8 * MIB}),
    ({"disks": [CD]}, ("disks[1]",), lambda _, facts: serials(facts) == {}),
    ({"disks": [CD, {"size": "16MiB"}]}, ("disks[1]",), lambda _, facts: _sizes(facts) == [16 * MIB]),
    ({"disks": [CD, {"size": "24MiB"}]}, ("disks[1].size",), lambda _, facts: _sizes(facts) == [24 * MIB]),
    ({"disks": [CD]}, ("disks[1]",), lambda _, facts: _sizes(facts) == []),
    ({"disks": [{**CD, "volume": "{two}"}]}, ("disks[0].volume",), says("shop_two.raw")),
    ({"networks": [NIC, SIDE]}, ("networks[1]",), lambda _, facts: "10.78." in _addresses(facts)),
    ({"networks": [NIC, {**SIDE, "address": "10.78.0.9"}]}, ("networks[1].address",),
     lambda guest, facts: _reserved(guest, "10.78.0.9") and "10.78.0.9" in _addresses(facts)),
    ({"networks": [NIC, SIDE]}, ("networks[1].address",), Outside(lambda guest: not _reserved(guest, "10.78.0.9"))),
    ({"networks": [NIC, {"network": "{front}"}]}, ("networks[1].network",), has_not("network='shop_side'")),
    ({"networks": [NIC]}, ("networks[1]",), lambda _, facts: len(facts.nics) == 1),
    ({"guest_agent": False}, ("guest_agent",), has_not("org.qemu.guest_agent.0")),
    ({"guest_agent": True}, ("guest_agent",), says("org.qemu.guest_agent.0")),
    ({"autostart": True}, ("autostart",), Outside(lambda guest: guest.domain.autostart() == 1)),
    ({"autostart": False}, ("autostart",), Outside(lambda guest: guest.domain.autostart() == 0)),
    ({"description": "for <all>"}, ("description",), says("for &lt;all&gt;")),
    ({"description": ""}, ("description",), has_not("for &lt;all&gt;")),
    ({"labels": {"team": "shop"}}, ("labels.team",), says("<virtwright:label")),
    ({"labels": {}}, ("labels.team",), has_not("<virtwright:label")),
    ({"graphics": {"type": "vnc", "password": "anders"}}, ("graphics.password",), says("passwd='anders'")),
    ({"resources": {"cpu_shares": 512}}, ("resources.cpu_shares",), Outside(lambda guest: _scheduler(guest)["cpu_shares"] == 512)),
    ({"resources": {"cpu_limit": 1.5}}, ("resources.cpu_shares", "resources.cpu_limit"),
     Outside(lambda guest: (_scheduler(guest)["global_quota"], _scheduler(guest)["cpu_shares"]) == (150000, 1024))),
    ({"resources": {}}, ("resources.cpu_limit",), Outside(lambda guest: _scheduler(guest)["global_quota"] in (-1, 18446744073709551))),
    ({"resources": {"memory_limit": "2GiB"}}, ("resources.memory_limit",),
     Outside(lambda guest: guest.domain.memoryParameters()["hard_limit"] == 2 * 1024**2)),
    ({"resources": {}}, ("resources.memory_limit",), Outside(lambda guest: guest.domain.memoryParameters()["hard_limit"] > 2**40)),
    ({"shutdown_timeout": 241}, ("shutdown_timeout",), TOLD),
    ({"switch_off": False}, ("switch_off",), TOLD),
    ({"wait_for": {"address": True}}, ("wait_for",), TOLD),
    ({"shutdown_timeout": 240}, ("shutdown_timeout",), TOLD),
    ({"switch_off": True}, ("switch_off",), TOLD),
    ({"wait_for": None}, ("wait_for",), TOLD),
)  # fmt: skip
ONE_REBOOT: Change = ({"machine_type": "q35"}, ("machine_type",), says("machine='pc-q35-"))
MORE_REBOOTS: tuple[Change, ...] = (
    ({"max_cpus": 3}, ("max_cpus",), Outside(lambda guest: guest.domain.maxVcpus() == 3)),
    ({"memory": "256MiB", "max_memory": None}, ("memory", "max_memory"), lambda _, facts: facts.memory > 190 * MIB),
    ({"cpu": {"model": "Nehalem"}}, ("cpu.model",), lambda _, facts: "Nehalem" in facts.cpu_model),
    ({"graphics": {"type": "vnc", "password": "geheim", "listen": "0.0.0.0"}}, ("graphics.listen",), says("listen='0.0.0.0'")),
    ({"console": False}, ("console",), has_not("<serial")),
    ({"libvirt": {"type": "qemu", "watchdog": "reset"}}, ("libvirt.watchdog",), says("<watchdog model='i6300esb' action='reset'")),
)  # fmt: skip


def _sizes(facts: Facts) -> list[int]:
    return [disk.size for name, disk in facts.disks.items() if name.startswith("vd")]


def _addresses(facts: Facts) -> str:
    return " ".join(nic.address for nic in facts.nics.values())


def _reserved(guest: RunningGuest, address: str) -> bool:
    return address in guest.lab.api.networkLookupByName("shop_side").XMLDesc()


def _scheduler(guest: RunningGuest) -> dict[str, int]:
    found: dict[str, int] = guest.domain.schedulerParametersFlags(1)
    return found


@pytest.fixture
def guest(libvirt_lab: LibvirtLab, tmp_path: Path) -> Iterator[RunningGuest]:
    yield RunningGuest(libvirt_lab, tmp_path)


def test_live_changes_do_not_restart_the_guest_and_another_does_once(
    guest: RunningGuest, capfd: pytest.CaptureFixture[str]
) -> None:
    guest.lab.run("rm", "-f", LOG)  # of the machines that tests before had under this name
    guest.apply()
    first = guest.facts(lambda facts: facts.cpus == 2 and "state='connected'" in guest.xml(), "agent")
    _operate(guest, capfd)
    _change_live(guest, first, LIVE)
    _pause(guest, first)
    _renumber(guest, first)
    _is_cheap_to_look_at(guest)
    _restart(guest, [ONE_REBOOT])


def _change_live(guest: RunningGuest, before: Facts, changes: Sequence[Change]) -> None:
    for fields, paths, proof in changes:
        step = guest.change(fields, *paths)
        assert {each.impact for each in step.changes} == {Impact.LIVE}, step
        if isinstance(proof, Outside):
            until(f"{paths} is in force", partial(proof.holds, guest))
            continue
        _runs_on(before, guest.facts(partial(proof, guest), paths))
    _runs_on(before, guest.facts())


def _runs_on(before: Facts, after: Facts) -> None:
    assert after.boot_id == before.boot_id, "it was restarted"
    assert after.uptime > before.uptime


def _pause(guest: RunningGuest, first: Facts) -> None:
    guest.change({"power": "paused"}, "power")
    assert guest.domain.state()[0] == 3
    guest.change({"power": "running"}, "power")
    assert guest.facts().boot_id == first.boot_id


def _renumber(guest: RunningGuest, first: Facts) -> None:
    """Its network gets other addresses: the guest asks for one at once."""
    guest.change({"networks": [NIC, SIDE]}, "networks[1]")
    guest.facts(lambda facts: "10.78." in _addresses(facts), "a second network")
    guest.side = replace(guest.side, inputs={"cidr": "10.79.0.0/24"})
    guest.apply()
    after = guest.facts(lambda facts: "10.79." in _addresses(facts) and "10.78." not in _addresses(facts), "renumbered")
    assert after.boot_id == first.boot_id
    guest.change({"networks": [NIC]}, "networks[1]")


def _is_cheap_to_look_at(guest: RunningGuest) -> None:
    """Ten calls or fewer for a host, and one more for each machine."""
    calls: Counter[str] = Counter()

    def count(libvirt: Any) -> list[observation.Seen]:
        return observation.list_machines(CountedConnection(libvirt, calls), "shop/shop")

    (seen,) = guest.lab.connection.call("look", count)
    guest.lab.connection.call("look", lambda libvirt: addresses.ask(CountedConnection(libvirt, calls), [seen.machine]))
    assert calls["XMLDesc"] == 1 + calls["listAllNetworks"], calls
    assert sum(calls.values()) <= 10 + 1, calls


def _operate(guest: RunningGuest, capfd: pytest.CaptureFixture[str]) -> None:
    operations, id = MachineOperations(guest.lab.connection), guest.domain.UUIDString()
    lines = [line.text for line in operations.logs(id, follow=False, tail=None)]
    assert any(line.endswith("guest has 10.77.0.10 on eth0") for line in lines), lines
    assert len(list(operations.logs(id, follow=False, tail=2))) <= 3
    capfd.readouterr()
    command = ["/bin/sh", "-c", "echo inside; echo wrong >&2; exit 3"]
    assert operations.execute(id, command, interactive=False, tty=False) == 3
    assert capfd.readouterr() == ("inside\n", "wrong\n")
    with pytest.raises(HostError, match="can't run /nothing"):
        operations.execute(id, ["/nothing"], interactive=False, tty=False)


def _restart(guest: RunningGuest, changes: Sequence[Change]) -> None:
    """Each by a shutdown that the guest takes part in."""
    before = guest.facts()
    for fields, paths, proof in changes:
        step = guest.change(fields, *paths)
        assert step.impact is Impact.REBOOT, step
        after = guest.facts() if isinstance(proof, Outside) else guest.facts(partial(proof, guest), paths)
        assert not isinstance(proof, Outside) or proof.holds(guest), paths
        assert after.boot_id != before.boot_id, f"{paths} did not restart it"
        before = after
    assert not guest.planned().changes
    log = guest.lab.run("cat", LOG)
    assert log.count("shutting down, reason=shutdown") == len(changes)
    assert "reason=destroyed" not in log


@pytest.mark.long
def test_other_changes_restart_it_once_and_gracefully(guest: RunningGuest) -> None:
    guest.apply()
    _restart(guest, [ONE_REBOOT, *MORE_REBOOTS])
