"""Volumes on a private engine: what somebody else makes is neither written to nor removed."""

from pathlib import Path

import pytest
from tests.docker_lab import DockerLab
from tests.integration.docker.containers import stage_on
from tests.programs import Item

from virtwright.engine.events import Event, StepFailed
from virtwright.providers.docker.volumes.handler import VolumeHandler

pytestmark = pytest.mark.root


def test_a_volume_that_somebody_makes_meanwhile_is_not_written_to_and_stays(
    docker_lab: DockerLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, api = stage_on(docker_lab, tmp_path), docker_lab.api
    theirs = api.create_volume("shop_data")["Mountpoint"]
    docker_lab.run("touch", f"{theirs}/theirs")
    content = tmp_path / "content"
    content.mkdir()
    (content / "ours").write_text("new")
    monkeypatch.setattr(VolumeHandler, "_taken", lambda *_: False)
    events: list[Event] = []
    program = stage.desk.program([Item("Volume", "data", {"source": {"content": str(content)}})])
    assert not stage.desk.work(lambda engine, _: engine.apply(program), events.append).succeeded
    problem = next(event.problem for event in events if isinstance(event, StepFailed))
    assert "was made by somebody else meanwhile" in problem.message
    assert docker_lab.run("ls", theirs).split() == ["theirs"]
    assert api.containers(all=True) == [] and api.images("virtwright-helper") == []
