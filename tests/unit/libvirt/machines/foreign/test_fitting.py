"""Values of a host, cut down to what the vocabulary takes."""

from typing import Any

import pytest

from virtwright.providers.libvirt.machines.foreign.fitting import fitted
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.model import Model

DISK = {"volume": "a"}


@pytest.mark.parametrize(
    ("values", "kept", "refused"),
    [
        ({"cpus": 2}, {"cpus": 2}, []),
        ({"cpus": 0, "description": "x"}, {"description": "x"}, ["cpus: 0"]),
        ({"architecture": "ppc", "cpus": 0}, {}, ["cpus: 0", "architecture: ppc"]),
        ({"networks": [{"network": "a", "mac": "xyz"}]}, {"networks": [{"network": "a"}]}, ["networks[0].mac: xyz"]),
        ({"networks": [{"network": ""}, {"network": "b"}]}, {"networks": [{"network": "b"}]},
         ["networks[0].network: ", "networks[0]: {}"]),
        ({"disks": [DISK, {**DISK, "bus": "virtio"}]}, {"disks": [DISK, {"bus": "virtio"}][:1]},
         ["disks[1].volume: a", "disks[1]: {'bus': 'virtio'}"]),
        ({"cpus": 4, "max_cpus": 2}, {"cpus": 4}, ["max_cpus: 2"]),
        ({"cpus": 2, "cpu": {"topology": {"cores": 3}}}, {"cpus": 2, "cpu": {}}, ["cpu.topology: {'cores': 3}"]),
        ({"boot": {"kernel": "relative"}}, {}, ["boot.kernel: relative", "boot: {}"]),
        ({"boot": {"kernel": "/k", "initrd": "relative"}}, {"boot": {"kernel": "/k"}}, ["boot.initrd: relative"]),
        ({"boot": {"kernel": "/k", "cmdline": "a\nb"}}, {"boot": {"kernel": "/k"}}, ["boot.cmdline: a\nb"]),
        ({"boot": {"kernel": "relative", "initrd": "/i"}}, {}, ["boot.kernel: relative", "boot: {'initrd': '/i'}"]),
        ({"odd": 1}, {}, ["odd: 1"]),
        ({"libvirt": {"init": []}}, {"libvirt": {}}, ["libvirt.init: []"]),
    ],
)  # fmt: skip
def test_the_smallest_part_that_is_refused_goes(
    values: dict[str, Any], kept: dict[str, Any], refused: list[str]
) -> None:
    found, told = fitted(VirtualMachine, values)
    assert found == VirtualMachine.model_validate(kept)
    assert told == refused


class Inner(Model):
    name: str


class Outer(Model):
    either: Inner | int = 0
    listed: list[int] | Inner | None = None
    names: dict[str, int] = {}
    pair: tuple[int, int] = (0, 0)


@pytest.mark.parametrize(
    ("values", "kept", "refused"),
    [
        ({"either": {"name": 5}}, {}, "either: {'name': 5}"),
        ({"either": "x"}, {}, "either: x"),
        ({"listed": ["a"]}, {}, "listed: ['a']"),
        ({"listed": {"name": 5}}, {}, "listed: {'name': 5}"),
        ({"names": {"a": "x", "b": 1}}, {"names": {"b": 1}}, "names.a: x"),
        ({"pair": [1]}, {}, "pair: [1]"),
    ],
)
def test_where_there_are_several_forms_the_whole_goes(
    values: dict[str, Any], kept: dict[str, Any], refused: str
) -> None:
    """An error names the form, which is no part of the values."""
    assert fitted(Outer, values) == (Outer.model_validate(kept), [refused])


class Needing(Model):
    name: str
    count: int = 0


def test_what_is_missing_is_passed_over_while_something_is_wrong() -> None:
    values = {"count": "x"}
    with pytest.raises(AssertionError, match="what is not there can't be wrong"):
        fitted(Needing, values)
    assert values == {}
