"""Volumes on a private engine: what somebody else makes is neither written to nor removed."""

from pathlib import Path

import pytest
from tests.docker_lab import DockerLab
from tests.integration.docker.containers import stage_on
from tests.programs import Item

from virtwright.engine.events import Event, StepFailed
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.helpers import helper_name
from virtwright.providers.docker.labels import stamped_labels
from virtwright.providers.docker.volumes import filling
from virtwright.providers.docker.volumes.handler import VolumeHandler
from virtwright.schemas.host import Host

pytestmark = pytest.mark.root


_TWIN = Stamp("shop/shop", "urn:pulumi:shop::shop::virtwright:index:Volume::data", "one", "", "b" * 16)


@pytest.mark.parametrize(
    ("labels", "said"),
    [({}, "was made by somebody else meanwhile"), (stamped_labels(_TWIN, "shop_data", {}), "belongs to another state")],
    ids=["a stranger", "another state"],
)
def test_a_volume_that_somebody_makes_meanwhile_is_not_written_to_and_stays(
    labels: dict[str, str], said: str, docker_lab: DockerLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, api = stage_on(docker_lab, tmp_path), docker_lab.api

    def make(*_: object) -> None:
        made = api.create_volume("shop_data", labels=labels)["Mountpoint"]
        docker_lab.run("touch", f"{made}/theirs")

    content = tmp_path / "content"
    content.mkdir()
    (content / "ours").write_text("new")
    monkeypatch.setattr(VolumeHandler, "_there", make)
    events: list[Event] = []
    program = stage.desk.program([Item("Volume", "data", {"source": {"content": str(content)}})])
    assert not stage.desk.work(lambda engine, _: engine.apply(program), events.append).succeeded
    problem = next(event.problem for event in events if isinstance(event, StepFailed))
    assert said in problem.message
    theirs = api.inspect_volume("shop_data")["Mountpoint"]
    assert docker_lab.run("ls", theirs).split() == ["theirs"]
    assert api.containers(all=True) == [] and api.images("virtwright-helper") == []


def test_what_a_killed_create_left_goes_with_its_own_stack_only(docker_lab: DockerLab) -> None:
    connection, api = DockerConnection("one", Host(uri=docker_lab.uri)), docker_lab.api
    volumes = VolumeHandler(connection)
    ours, theirs = "0123456789abcdef", "fedcba9876543210"
    for stack, identity in (
        ("shop/shop", ours),
        ("shop/test", ours),
        ("shop-2/shop", ours),
        ("shop/shop", theirs),
        ("shop/shop", ""),
    ):
        name = f"{stack.replace('/', '_')}_data{identity[:1] if identity != ours else '-'}"
        body = {"Name": name, "Driver": "local", "DriverOpts": {}, "Labels": {}}
        filling.begin(connection, stack, body, Context(identity=identity))
    api.remove_container(helper_name("shop_shop_data-"))  # the kill may come before there is a helper
    assert list(volumes.observe("shop/shop")) == []
    volumes.tidy("shop/shop", ours)
    connection.close()
    others = ["shop-2_shop_data-", "shop_shop_dataf", "shop_test_data-"]
    assert sorted(each["Names"][0] for each in api.containers(all=True)) == [f"/{helper_name(each)}" for each in others]
    left = [tag for each in api.images("virtwright-helper") for tag in each["RepoTags"]]
    assert sorted(left) == [f"virtwright-helper:{each}" for each in others]
