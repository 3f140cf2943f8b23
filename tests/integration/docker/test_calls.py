"""How often an engine is asked: counted by the engine itself."""

from collections import Counter
from pathlib import Path

import pytest
from tests.docker_lab import BUSYBOX, DockerLab
from tests.integration.docker.containers import stage_on
from tests.programs import Item

pytestmark = pytest.mark.root
MANY = 5
SLEEPS = {"image": BUSYBOX, "command": ["sleep", "1000"], "stop_timeout": "0s"}
ONE = "/containers/ID"


def test_each_container_is_asked_for_no_more_than_needed(docker_lab: DockerLab, tmp_path: Path) -> None:
    stage = stage_on(docker_lab, tmp_path)
    back = Item("Network", "back")
    each = [
        Item("Container", f"c{number}", {**SLEEPS, "networks": ["{back}"]}, uses=("back",)) for number in range(MANY)
    ]
    items = [back, *each]
    with docker_lab.counted() as applied:
        stage.apply(items)
    assert _of(applied, "POST") == {"/containers/create": MANY, f"{ONE}/start": MANY, "/networks/create": 1}
    assert applied[f"GET {ONE}/json"] == MANY, "looked at once, when it was started"
    with docker_lab.counted() as planned:
        assert stage.plan(items).changes == ()
    assert planned[f"GET {ONE}/json"] == MANY
    assert planned["GET /containers/json"] == 2, "one listing for each kind that containers are made for"
    assert not any(method != "GET" for method, _ in map(str.split, planned))
    with docker_lab.counted() as destroyed:
        assert stage.destroy(allow=()).succeeded
    assert _of(destroyed, "POST") == {f"{ONE}/stop": MANY}
    assert _of(destroyed, "DELETE") == {ONE: MANY, "/networks/ID": 1}
    assert destroyed[f"GET {ONE}/json"] <= 3 * MANY, "for the plan, for the run, and before it is stopped"


def test_a_service_is_looked_at_without_the_other_containers(docker_lab: DockerLab, tmp_path: Path) -> None:
    stage = stage_on(docker_lab, tmp_path)
    one = Item("Service", "one", {**SLEEPS, "replicas": 2})
    stage.apply([one, Item("Service", "two", {**SLEEPS, "replicas": 3}), Item("Container", "c", SLEEPS)])
    with docker_lab.counted() as planned:
        assert (
            stage.plan([one, Item("Service", "two", {**SLEEPS, "replicas": 3}), Item("Container", "c", SLEEPS)]).changes
            == ()
        )
    assert planned[f"GET {ONE}/json"] == 6


def _of(calls: Counter[str], method: str) -> dict[str, int]:
    return {call.split()[1]: times for call, times in calls.items() if call.startswith(f"{method} ")}
