"""Services of a real swarm of one node."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.docker_lab import BUSYBOX, DockerLab
from tests.programs import Item
from tests.states import keys_in
from tests.swarm_lab import SwarmStage, swarm_on, sweep

from virtwright.engine.state.store import StateStore
from virtwright.errors import HostError
from virtwright.providers.diff import Impact

pytestmark = pytest.mark.root
QUICK = {"monitor": "0.2s"}
BACK = Item("Network", "back", {"cidr": "10.40.0.0/24"})
INPUTS: dict[str, Any] = {
    "image": BUSYBOX,
    "command": ["httpd", "-f", "-p", "80", "-h", "/etc"],
    "networks": ["{back}"],
    "replicas": 2,
    "update": QUICK,
    "stop_timeout": "0s",
    "docker": {"restart_delay": "0.1s"},
}


def web(**changes: Any) -> tuple[Item, Item]:
    return BACK, Item("Service", "web", {**INPUTS, **changes}, uses=("back",))


@pytest.fixture(scope="module")
def swarm(docker_engine: DockerLab) -> Iterator[DockerLab]:
    with swarm_on(docker_engine):
        yield docker_engine


@pytest.fixture
def stage(swarm: DockerLab, tmp_path: Path) -> Iterator[SwarmStage]:
    with StateStore.open(None, keys_in(tmp_path)) as store:
        yield SwarmStage(swarm.api, swarm.uri.replace("docker+", "swarm+"), store)
    sweep(swarm)


def test_a_service_from_its_creation_to_its_end(stage: SwarmStage) -> None:
    stage.apply(*web(environment={"WHO": "web"}, labels={"team": "shop"}))
    assert len(stage.running()) == 2
    found = stage.service()
    assert found["Spec"]["Labels"]["team"] == "shop" and found["Spec"]["Labels"]["virtwright.stack"] == "shop/shop"
    stage.settled(*web(environment={"WHO": "web"}, labels={"team": "shop"}))
    stage.destroy()
    assert stage.api.services() == [] and stage.api.networks(names=["shop_back"]) == []


def test_scaling_touches_no_other_copy(stage: SwarmStage) -> None:
    stage.apply(*web())
    before = {*stage.running()}
    (step,) = stage.plan(*web(replicas=3)).changes
    assert (step.op, step.impact, [each.field for each in step.changes]) == ("update", Impact.LIVE, ["replicas"])
    stage.apply(*web(replicas=3))
    assert before < {*stage.running()} and len(stage.running()) == 3
    stage.apply(*web(replicas=1))
    stage.settled(*web(replicas=1))
    stage.apply(*web(replicas=0))
    stage.settled(*web(replicas=0))
    assert stage.service()["Spec"]["Mode"] == {"Replicated": {"Replicas": 0}}


def test_a_new_version_takes_the_place_of_the_old(stage: SwarmStage) -> None:
    stage.apply(*web())
    old = {*stage.running()}
    new = web(environment={"VERSION": "2"})
    (step,) = stage.plan(*new).changes
    assert (step.op, step.impact) == ("update", Impact.LIVE)
    assert stage.plan(*web(environment={"VERSION": "2"}, update={**QUICK, "order": "stop-first"})).changes[
        0
    ].impact is (Impact.REBOOT)
    stage.apply(*new)
    assert len(stage.running()) == 2 and not old & {*stage.running()}
    assert stage.container_spec()["Env"] == ["VERSION=2"]
    assert any("2 of 2 run, updating" in said for said in stage.progress())
    stage.settled(*new)


def test_a_broken_version_is_rolled_back_by_the_swarm(stage: SwarmStage) -> None:
    policy = {"monitor": "2s"}
    good = web(update=policy, files=[{"path": "/run/note", "content": "one"}])
    bad = web(update=policy, files=[{"path": "/run/note", "content": "two"}], command=["sh", "-c", "exit 3"])
    stage.apply(*good)
    kept = stage.kept()
    said = r"the new version is not good, and the swarm rolled back: task: non-zero exit \(3\)"
    with pytest.raises(HostError, match=said):
        stage.apply(*bad)
    assert {"command", "files[0].content"} <= {*stage.fields(*bad)}, "the plan shows the change again"
    assert stage.kept() == kept and stage.container_spec()["Args"][0] == "httpd"
    stage.settled(*good)


def test_a_broken_version_is_paused_by_the_swarm(stage: SwarmStage) -> None:
    policy = {"monitor": "2s", "failure_action": "pause"}
    good, check = web(update=policy), {"command": ["false"], "interval": "0.1s", "retries": 1}
    bad = web(update=policy, healthcheck=check, files=[{"path": "/run/note", "content": "two"}])
    stage.apply(*good)
    before = {*stage.running()}
    with pytest.raises(HostError, match=r"the swarm paused the update: .*unhealthy"):
        stage.apply(*bad)
    assert {*stage.running()} == before, "with start-first no old copy was let go of"
    assert stage.fields(*bad) == ["update_status"]
    stage.apply(*good)
    stage.settled(*good)
    assert stage.kept() == ([], [])
