"""What a change of a container or a machine costs in the namespace runtime."""

from typing import Any, Final

import pytest

from virtwright.providers.diff import Impact
from virtwright.providers.namespace import layer_disk
from virtwright.providers.namespace.containers.impacts import container_diff, machine_diff
from virtwright.schemas.container import Container
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.values import UNKNOWN

LIVE, REBOOT, RECREATE = Impact.LIVE, Impact.REBOOT, Impact.RECREATE
SMALL: Final[dict[str, Any]] = {"disk_limit": "1GiB"}
LARGE: Final[dict[str, Any]] = {"disk_limit": "2GiB"}
LAYERS: Final[list[tuple[dict[str, Any] | None, dict[str, Any] | None, dict[str, Impact]]]] = [
    (None, SMALL, {"namespace": RECREATE}),
    (SMALL, None, {"namespace": RECREATE}),
    (None, {}, {"namespace": REBOOT}),
    (None, {"privileged": True}, {"namespace": REBOOT}),
    ({"privileged": True}, None, {"namespace": REBOOT}),
    ({"privileged": True}, {"privileged": False}, {"namespace.privileged": REBOOT}),
    (SMALL, SMALL, {}),
    (SMALL, {**SMALL, "privileged": True}, {"namespace.privileged": REBOOT}),
    (SMALL, LARGE, {"namespace.disk_limit": LIVE}),
    (LARGE, SMALL, {"namespace.disk_limit": RECREATE}),
    ({}, SMALL, {"namespace.disk_limit": RECREATE}),
    (SMALL, {}, {"namespace.disk_limit": RECREATE}),
    (LARGE, {**SMALL, "privileged": True}, {"namespace.disk_limit": RECREATE, "namespace.privileged": REBOOT}),
]


@pytest.fixture(autouse=True)
def _grows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests."""
    monkeypatch.setattr(layer_disk, "grows_live", lambda: True)


def machine(**inputs: Any) -> VirtualMachine:
    return VirtualMachine.model_validate({"image": "/root", **inputs})


@pytest.mark.parametrize(("prior", "goal", "wanted"), LAYERS)
def test_a_layer_of_another_size_is_a_new_one_unless_it_grows(
    prior: dict[str, Any] | None, goal: dict[str, Any] | None, wanted: dict[str, Impact]
) -> None:
    diff = machine_diff(machine(namespace=prior), machine(namespace=goal))
    assert {change.field: change.impact for change in diff.changes} == wanted
    assert diff.delete_before_create


def test_where_the_kernel_lets_none_grow_that_is_in_use_it_restarts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_disk, "grows_live", lambda: False)
    assert machine_diff(machine(namespace=SMALL), machine(namespace=LARGE)).impact is REBOOT


def test_a_limit_that_is_not_known_yet_may_be_a_smaller_one() -> None:
    block = machine(namespace=SMALL).namespace
    assert block is not None
    unknown = block.model_copy(update={"disk_limit": UNKNOWN})
    goal = machine(namespace=SMALL).model_copy(update={"namespace": unknown})
    assert machine_diff(machine(namespace=SMALL), goal).impact is RECREATE


@pytest.mark.parametrize(
    ("prior", "goal", "unsettles"),
    [
        ({}, {"description": "x"}, set()),
        ({"networks": ["a"]}, {"networks": ["a", "b"]}, {"address", "addresses"}),
        ({}, {"power": "stopped"}, {"state"}),
        ({}, {"power": "stopped", "networks": ["a"]}, {"state", "address", "addresses"}),
    ],
)
def test_what_is_not_known_before_it_is_done(prior: dict[str, Any], goal: dict[str, Any], unsettles: set[str]) -> None:
    assert machine_diff(machine(**prior), machine(**goal)).unsettles == unsettles


def test_a_container_s_layer_is_limited_in_the_same_way() -> None:
    prior, goal = (Container.model_validate({"image": "x", "namespace": each}) for each in (None, SMALL))
    assert container_diff(prior, goal).impact is RECREATE
