"""Mistakes that only the host knows to be ones: the plan tells them where it can, and what failed says why it did."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests import image_archives as make
from tests.contract.stage import Stage
from tests.docker_lab import BUSYBOX, DockerLab
from tests.integration.docker.containers import container, stage_on
from tests.programs import Item

from virtwright.engine.events import Event, StepFailed
from virtwright.engine.plan import RunOptions
from virtwright.errors import UnsupportedError
from virtwright.providers.docker.containers import readiness

pytestmark = pytest.mark.root
SLEEPS: dict[str, Any] = {"image": BUSYBOX, "command": ["sleep", "1000"]}


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"resources": {"cpus": 4096}}, r"resources.cpus: this engine can't do this"),
        ({"docker": {"runtime": "kata"}}, r"docker.runtime: this engine can't do this"),
        ({"docker": {"log_driver": "nowhere"}}, r"docker.log_driver: this engine can't do this"),
    ],
)
def test_the_plan_tells_what_the_engine_can_not_do(
    docker_lab: DockerLab, tmp_path: Path, inputs: dict[str, Any], said: str
) -> None:
    stage = stage_on(docker_lab, tmp_path)
    with pytest.raises(UnsupportedError, match=said) as refused:
        stage.plan([container("app", {**SLEEPS, **inputs})])
    assert refused.value.hint


def test_a_container_that_ended_is_not_said_to_lack_a_shell(docker_lab: DockerLab, tmp_path: Path) -> None:
    stage = stage_on(docker_lab, tmp_path)
    events: list[Event] = []
    ends = {
        "image": BUSYBOX,
        "command": ["sh", "-c", "echo no settings; exit 3"],
        "restart": "no",
        "wait_for": {"tcp": 80},
    }
    program = stage.desk.program([container("app", ends)])
    assert not stage.desk.work(lambda engine, _: engine.apply(program), events.append).succeeded
    problem = next(event.problem for event in events if isinstance(event, StepFailed))
    assert "does not run: exited: status 3" in problem.message and "no settings" in problem.message


def test_an_image_without_a_shell_can_not_be_asked_for_a_port(docker_lab: DockerLab, tmp_path: Path) -> None:
    bare = [each for each in make.busybox_entries() if each[0].name != "bin/sh"]
    docker_lab.api.import_image_from_data(make.tar(bare), repository="bare", tag="1")
    stage = stage_on(docker_lab, tmp_path)
    waits = {"image": "bare:1", "command": ["/bin/busybox", "sleep", "1000"], "wait_for": {"tcp": 80}}
    _refused(stage, [container("app", waits)], "its image has no /bin/sh")


def test_what_a_container_wrote_that_never_was_ready_is_told(docker_lab: DockerLab, tmp_path: Path) -> None:
    stage = stage_on(docker_lab, tmp_path)
    waits = {"command": "echo looking for its database; exec sleep 1000", "wait_for": {"tcp": 80, "timeout": "1s"}}
    said = "last seen: nothing listens on port 80\nit wrote last:\nlooking for its database"
    _refused(stage, [container("app", {**SLEEPS, **waits})], said)


def test_an_image_that_can_not_be_had_is_noticed_before_the_old_container_goes(
    docker_lab: DockerLab, tmp_path: Path
) -> None:
    stage = stage_on(docker_lab, tmp_path)
    old = [container("app", SLEEPS)]
    stage.apply(old)
    (before,) = docker_lab.api.containers()
    assert not stage.desk.apply([container("app", {**SLEEPS, "image": "localhost:5999/no/such:1"})]).succeeded
    (after,) = docker_lab.api.containers()
    assert (after["Id"], after["Status"].startswith("Up")) == (before["Id"], True)
    assert stage.steps(old) == {}


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"volumes": [{"bind": "/no/such/folder", "mount": "/data"}]}, "bind source path does not exist"),
        ({"docker": {"cpu_set": "900"}}, "CPUs are not available"),
        ({"stop_signal": "SIGFOO"}, "SIGFOO"),
    ],
)
def test_what_the_engine_refuses_is_noticed_before_the_old_container_goes(
    docker_lab: DockerLab, tmp_path: Path, inputs: dict[str, Any], said: str
) -> None:
    stage = stage_on(docker_lab, tmp_path)
    old = [container("app", SLEEPS)]
    stage.apply(old)
    (before,) = docker_lab.api.containers()
    _refused(stage, [container("app", {**SLEEPS, "environment": {"A": "1"}, **inputs})], said)
    (after,) = docker_lab.api.containers(all=True)
    assert (after["Id"], after["Status"].startswith("Up")) == (before["Id"], True)
    assert stage.steps(old) == {}


@pytest.mark.parametrize("kind", ["Container", "Service"])
def test_what_the_engine_refuses_keeps_a_network_and_its_containers(
    kind: str, docker_lab: DockerLab, tmp_path: Path
) -> None:
    """The network is replaced, and the container for its sake: its own turn comes when both would be gone."""
    stage = stage_on(docker_lab, tmp_path)
    folder = tmp_path / "content"
    folder.mkdir()
    there = {
        **SLEEPS,
        "networks": ["{back}"],
        "volumes": [{"bind": str(folder), "mount": "/data"}],
        "stop_timeout": "0s",
    }

    def items(cidr: str) -> list[Item]:
        return [Item("Network", "back", {"cidr": cidr}), Item(kind, "app", there, uses=("back",))]

    stage.apply(items("10.40.0.0/24"))
    (before,) = docker_lab.api.containers()
    network = docker_lab.api.networks(names=["shop_back"])
    folder.rmdir()
    _refused(stage, items("10.41.0.0/24"), "bind source path does not exist")
    (after,) = docker_lab.api.containers(all=True)
    assert (after["Id"], after["Status"].startswith("Up")) == (before["Id"], True)
    assert docker_lab.api.networks(names=["shop_back"]) == network
    folder.mkdir()
    stage.apply(items("10.41.0.0/24"))
    assert stage.steps(items("10.41.0.0/24")) == {}


def test_what_the_engine_refuses_stops_no_copy_of_a_service(docker_lab: DockerLab, tmp_path: Path) -> None:
    stage = stage_on(docker_lab, tmp_path)
    inputs = {**SLEEPS, "replicas": 2, "stop_timeout": "0s", "update": {"order": "stop-first", "monitor": "0s"}}
    stage.apply([Item("Service", "web", inputs)])
    before = sorted((each["Id"], each["State"]) for each in docker_lab.api.containers())
    worse = {**inputs, "volumes": [{"bind": "/no/such/folder", "mount": "/data"}]}
    _refused(stage, [Item("Service", "web", worse)], "bind source path does not exist")
    assert sorted((each["Id"], each["State"]) for each in docker_lab.api.containers(all=True)) == before


@pytest.mark.parametrize("kind", ["Network", "Volume"])
def test_what_a_stranger_uses_is_noticed_before_containers_go_for_its_sake(
    kind: str, docker_lab: DockerLab, tmp_path: Path
) -> None:
    stage = stage_on(docker_lab, tmp_path)
    uses = {"networks": ["{one}"]} if kind == "Network" else {"volumes": [{"volume": "{one}", "mount": "/data"}]}
    memory = {"docker": {"options": {"type": "tmpfs", "device": "tmpfs"}}}
    new = {"cidr": "10.41.0.0/24"} if kind == "Network" else memory

    def items(inputs: dict[str, Any]) -> list[Item]:
        app = Item("Container", "app", {**SLEEPS, **uses, "stop_timeout": "0s"}, uses=("one",))
        return [Item(kind, "one", inputs), app]

    stage.apply(items({}))
    (before,) = docker_lab.api.containers()
    api = docker_lab.api
    joins = api.create_networking_config({"shop_one": api.create_endpoint_config()}) if kind == "Network" else None
    binds = api.create_host_config(binds=["shop_one:/data"]) if kind == "Volume" else None
    stranger = api.create_container(
        BUSYBOX, ["sleep", "1000"], name="stranger", networking_config=joins, host_config=binds
    )["Id"]
    api.start(stranger)
    _refused(stage, items(new), "is in use by stranger")
    assert sorted(each["Id"] for each in api.containers()) == sorted([before["Id"], stranger])
    api.remove_container(stranger, force=True)
    stage.apply(items(new), allow=("one",))
    assert stage.steps(items(new)) == {}


def test_what_failed_is_told_without_the_steps_to_it(docker_lab: DockerLab, tmp_path: Path) -> None:
    stage = stage_on(docker_lab, tmp_path)
    said = 'could not start the container shop_app: exec: "nosuch": executable file not found in $PATH'
    _refused(stage, [container("app", {**SLEEPS, "command": ["nosuch"]})], said)
    published = {**SLEEPS, "ports": ["8077:80"], "docker": {}}
    stage.apply([container("app", published)])
    taken = "could not start the container shop_other: Bind for 0.0.0.0:8077 failed: port is already allocated"
    _refused(stage, [container("app", published), container("other", published)], taken)


def _refused(stage: Stage, items: Sequence[Item], said: str) -> None:
    events: list[Event] = []
    program, options = stage.desk.program(items), RunOptions(allow_data_loss=("one",))
    assert not stage.desk.work(lambda engine, _: engine.apply(program, options), events.append).succeeded
    problem = next(event.problem for event in events if isinstance(event, StepFailed))
    assert said in problem.message


def test_a_container_that_answers_no_question_does_not_hold_up_its_wait(
    docker_lab: DockerLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "_PATIENCE", 0.5)
    mute = (
        "b=/bin/busybox; $b rm /bin/sh; $b printf '#!/bin/busybox sh\\n/bin/busybox sleep 1000\\n' > /bin/sh;"
        " $b chmod +x /bin/sh; exec $b sleep 1000"
    )
    waits = {"image": BUSYBOX, "command": ["/bin/busybox", "sh", "-c", mute], "wait_for": {"tcp": 80, "timeout": "2s"}}
    _refused(stage_on(docker_lab, tmp_path), [container("app", waits)], "it does not say whether anything listens")
