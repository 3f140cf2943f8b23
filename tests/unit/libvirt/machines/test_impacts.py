"""What single changes of a machine cost."""

from typing import Any

import pytest

from virtwright.providers.diff import Impact
from virtwright.providers.libvirt.connection.address import Driver
from virtwright.providers.libvirt.machines.drivers import ABILITIES
from virtwright.providers.libvirt.machines.impacts import machine_diff
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.values import UNKNOWN

LIVE, REBOOT, RECREATE = Impact.LIVE, Impact.REBOOT, Impact.RECREATE
A, B = {"volume": "a"}, {"volume": "b"}
SATA = {**A, "bus": "sata"}
OWN = {"size": "1GiB"}
FIXED = {"network": "a", "address": "10.0.0.5"}
CD = {"image": "/a.iso", "device": "cdrom"}
CASES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Impact]]] = [
    ({"cpus": 1, "max_cpus": 4}, {"cpus": 4, "max_cpus": 4}, {"cpus": LIVE}),
    ({"cpus": 1}, {"cpus": 2}, {"cpus": REBOOT}),
    ({"cpus": 2}, {"cpus": 1}, {"cpus": LIVE}),
    ({"memory": "1GiB", "max_memory": "2GiB"}, {"memory": "2GiB", "max_memory": "2GiB"}, {"memory": LIVE}),
    ({"memory": "1GiB"}, {"memory": "2GiB"}, {"memory": REBOOT}),
    (
        {"memory": "1GiB", "max_memory": "2GiB"},
        {"memory": "3GiB", "max_memory": "4GiB"},
        {"memory": REBOOT, "max_memory": REBOOT},
    ),
    ({"cpus": 1, "max_cpus": 2}, {"cpus": 3, "max_cpus": 4}, {"cpus": REBOOT, "max_cpus": REBOOT}),
    ({"cpus": 1, "max_cpus": 4}, {"cpus": 2, "max_cpus": 2}, {"cpus": LIVE, "max_cpus": REBOOT}),
    ({"memory": "2GiB"}, {"memory": "1GiB"}, {"memory": LIVE}),
    ({"memory": "2GiB", "virtualization": "full"}, {"memory": "1GiB", "virtualization": "full"}, {"memory": REBOOT}),
    ({"disks": [A]}, {"disks": [A, B]}, {"disks[1]": LIVE}),
    ({"disks": [A, B]}, {"disks": [B]}, {"disks[0]": LIVE}),
    ({"disks": [A, B]}, {"disks": [B, A]}, {}),
    ({"disks": [A]}, {"disks": [B]}, {"disks[0].volume": LIVE}),
    ({"disks": [A]}, {"disks": [{**A, "bus": "sata"}]}, {"disks[0].bus": REBOOT}),
    ({"disks": [SATA]}, {"disks": [B]}, {"disks[0].volume": REBOOT, "disks[0].bus": REBOOT}),
    ({"disks": [A]}, {"disks": [{**B, "bus": "sata"}]}, {"disks[0].volume": REBOOT, "disks[0].bus": REBOOT}),
    ({"disks": [SATA]}, {"disks": []}, {"disks[0]": REBOOT}),
    (
        {"disks": [A], "virtualization": "full"},
        {"disks": [B], "virtualization": "full"},
        {"disks[0].volume": REBOOT},
    ),
    (
        {"disks": [CD]},
        {"disks": [{"volume": "a", "device": "cdrom"}]},
        {"disks[0].image": LIVE, "disks[0].volume": LIVE},
    ),
    ({"disks": []}, {"disks": [{**A, "bus": "sata"}]}, {"disks[0]": REBOOT}),
    ({"disks": [A]}, {"disks": [{**A, "mount": "/srv"}]}, {"disks[0].mount": LIVE}),
    ({"disks": [OWN]}, {"disks": [{"size": "2GiB"}]}, {"disks[0].size": LIVE}),
    ({"disks": [OWN]}, {"disks": [{"size": "1MiB"}]}, {"disks[0].size": RECREATE}),
    ({"disks": [OWN]}, {"disks": [{**OWN, "format": "raw"}]}, {"disks[0].format": RECREATE}),
    ({"disks": [CD]}, {"disks": [{**CD, "image": "/b.iso"}]}, {"disks[0].image": LIVE}),
    ({"disks": []}, {"disks": [CD]}, {"disks[0]": REBOOT}),
    ({"networks": ["a"]}, {"networks": ["a", "b"]}, {"networks[1]": LIVE}),
    ({"networks": ["a", "b"]}, {"networks": ["b", "a"]}, {}),
    ({"networks": ["a"]}, {"networks": [{"network": "a", "address": "10.0.0.5"}]}, {"networks[0].address": LIVE}),
    ({"networks": ["a"]}, {"networks": [{"network": "a", "model": "e1000"}]}, {"networks[0].model": REBOOT}),
    ({"graphics": "vnc"}, {"graphics": {"type": "vnc", "password": "x"}}, {"graphics.password": REBOOT}),
    (
        {"graphics": {"type": "vnc", "password": "y"}},
        {"graphics": {"type": "vnc", "password": "x"}},
        {"graphics.password": LIVE},
    ),
    ({"graphics": "vnc"}, {"graphics": "spice"}, {"graphics.type": REBOOT}),
    ({"image": "/a"}, {"image": "/b"}, {"image": RECREATE}),
    ({"libvirt": {"xml": "<domain/>"}}, {}, {"libvirt.xml": REBOOT}),
    ({}, {"libvirt": {}}, {}),
]


def diff(before: dict[str, Any], after: dict[str, Any], driver: Driver = "qemu") -> dict[str, Impact]:
    prior, goal = VirtualMachine.model_validate(before), VirtualMachine.model_validate(after)
    return {change.field: change.impact for change in machine_diff(prior, goal, ABILITIES[driver]).changes}


@pytest.mark.parametrize(("before", "after", "wanted"), CASES)
def test_a_change_costs(before: dict[str, Any], after: dict[str, Any], wanted: dict[str, Impact]) -> None:
    assert diff(before, after) == wanted


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ({"networks": ["a"], "power": "stopped"}, {"networks": ["a"]}, {"address", "addresses", "state"}),
        ({"networks": [FIXED], "power": "stopped"}, {"networks": [FIXED]}, {"state"}),
        ({"networks": [FIXED, "b"], "power": "stopped"}, {"networks": [FIXED, "b"]}, {"address", "addresses", "state"}),
        ({"networks": [FIXED]}, {"networks": [{**FIXED, "address": "10.0.0.6"}]}, {"address", "addresses"}),
        ({"networks": ["a"]}, {"networks": ["a"], "memory": "2GiB"}, set()),
    ],
)
def test_what_is_not_known_before_it_is_done(before: dict[str, Any], after: dict[str, Any], wanted: set[str]) -> None:
    """An address that is fixed is known, also of a machine that is off."""
    prior, goal = VirtualMachine.model_validate(before), VirtualMachine.model_validate(after)
    assert machine_diff(prior, goal, ABILITIES["qemu"]).unsettles == wanted


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ({"cpus": 1}, {"cpus": 2}, {"cpus": LIVE}),
        ({"memory": "1GiB"}, {"memory": "2GiB"}, {"memory": REBOOT}),
        ({"memory": "2GiB"}, {"memory": "1GiB"}, {"memory": LIVE}),
        ({}, {"resources": {"cpu_limit": 0.5}}, {"resources.cpu_limit": LIVE}),
        ({"networks": ["a"]}, {"networks": ["a", "b"]}, {"networks[1]": LIVE}),
        ({"networks": ["a"]}, {"networks": ["b"]}, {"networks[0].network": LIVE}),
        ({"disks": [A]}, {"disks": [A, {**B, "mount": "/srv"}]}, {"disks[1]": REBOOT}),
        ({"disks": [A, {**B, "mount": "/srv"}]}, {"disks": [A, {**B, "mount": "/a"}]}, {"disks[1].mount": REBOOT}),
        ({}, {"libvirt": {"init": ["/bin/sh"]}}, {"libvirt.init": REBOOT}),
        ({}, {"libvirt": {"stop_signal": "SIGTERM"}}, {"libvirt.stop_signal": LIVE}),
    ],
)
def test_what_a_change_costs_on_lxc(before: dict[str, Any], after: dict[str, Any], wanted: dict[str, Impact]) -> None:
    assert diff(before, after, "lxc") == wanted


def test_a_hypervisor_that_plugs_nothing_restarts() -> None:
    assert diff({"networks": ["a"]}, {"networks": []}, driver="test") == {"networks[0]": REBOOT}
    assert diff({}, {"description": "x", "autostart": True}, driver="test") == {"description": LIVE, "autostart": LIVE}


def test_xen_plugs_disks_and_interfaces_and_grows_none() -> None:
    assert diff({"networks": ["a"], "disks": [A]}, {}, driver="xen") == {"networks[0]": LIVE, "disks[0]": LIVE}
    grown = ({"disks": [{"size": "1GiB"}]}, {"disks": [{"size": "2GiB"}]})
    assert diff(*grown, driver="xen") == {"disks[0].size": REBOOT}
    assert diff(*grown, driver="qemu") == {"disks[0].size": LIVE}


def test_what_is_not_known_yet_is_compared_in_order() -> None:
    goal = {"disks": [{"volume": UNKNOWN}], "networks": [{"network": UNKNOWN}]}
    assert diff({"disks": [A], "networks": ["a"]}, goal) == {"disks[0].volume": LIVE, "networks[0].network": LIVE}
    assert diff({"disks": [A]}, {"disks": UNKNOWN}) == {"disks": REBOOT}
