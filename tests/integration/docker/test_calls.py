"""How often an engine is asked: counted by the engine itself."""

from collections import Counter
from pathlib import Path

import pytest
from tests.docker_lab import BUSYBOX, DockerLab
from tests.integration.docker.containers import stage_on
from tests.programs import Item, ListProgram
from tests.states import keys_in

from virtwright.engine.api import Engine
from virtwright.engine.state.store import StateStore

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
    assert applied["GET /containers/json"] == 2, "what the plan was told is asked again when the hosts are changed"
    assert _of(applied, "POST") == {"/containers/create": MANY, f"{ONE}/start": MANY, "/networks/create": 1}
    assert applied[f"GET {ONE}/json"] == MANY, "looked at once, when it was started"
    with docker_lab.counted() as planned:
        assert stage.plan(items).changes == ()
    assert planned[f"GET {ONE}/json"] == MANY
    assert planned["GET /containers/json"] == 1, "one listing for all kinds that containers are made for"
    assert not any(method != "GET" for method, _ in map(str.split, planned))
    with docker_lab.counted() as destroyed:
        assert stage.destroy(allow=()).succeeded
    assert _of(destroyed, "POST") == {f"{ONE}/stop": MANY}
    assert _of(destroyed, "DELETE") == {ONE: MANY, "/networks/ID": 1}
    assert destroyed[f"GET {ONE}/json"] <= 3 * MANY, "for the plan, for the run, and before it is stopped"


def test_services_and_containers_are_looked_at_once(docker_lab: DockerLab, tmp_path: Path) -> None:
    stage = stage_on(docker_lab, tmp_path)
    folder = tmp_path / "content"
    folder.mkdir()
    items = [
        Item("Volume", "data", {"source": {"content": str(folder)}}),
        Item("Service", "one", {**SLEEPS, "replicas": 2}),
        Item("Service", "two", {**SLEEPS, "replicas": 3}),
        Item("Container", "c", SLEEPS),
    ]
    stage.apply(items)
    with docker_lab.counted() as planned:
        assert stage.plan(items).changes == ()
    assert (planned["GET /containers/json"], planned[f"GET {ONE}/json"]) == (1, 6)


def test_hosts_that_share_a_service_are_listed_once_each(docker_lab: DockerLab, tmp_path: Path) -> None:
    """Each of them asks the others for the copies of its own services. The two are one engine under two names."""
    spread = {**SLEEPS, "replicas": 4, "placement": {"hosts": ["one", "two"]}}
    items = [
        Item("Service", "web", spread),
        Item("Service", "back", SLEEPS, host="two"),
        Item("Container", "c", SLEEPS),
    ]
    hosts = {"one": docker_lab.uri, "two": docker_lab.uri}
    with StateStore.open(None, keys_in(tmp_path)) as store:
        engine = Engine(store)
        with docker_lab.counted() as planned:
            engine.plan(ListProgram(*items, hosts=hosts))
    assert planned["GET /containers/json"] == 2


def _of(calls: Counter[str], method: str) -> dict[str, int]:
    return {call.split()[1]: times for call, times in calls.items() if call.startswith(f"{method} ")}
