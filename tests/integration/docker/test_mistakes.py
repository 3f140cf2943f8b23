"""Mistakes that only the host knows to be ones: the plan tells them where it can, and what failed says why it did."""

from pathlib import Path
from typing import Any

import pytest
from tests.docker_lab import BUSYBOX, DockerLab
from tests.integration.docker.containers import container, stage_on

from virtwright.engine.events import Event, StepFailed
from virtwright.errors import UnsupportedError

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
