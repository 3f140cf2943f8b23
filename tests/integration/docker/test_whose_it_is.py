"""What somebody does on an engine to the objects of a stack, and the plan has to see."""

from pathlib import Path

import pytest
from tests.docker_lab import BUSYBOX, DockerLab
from tests.integration.docker.containers import container, stage_on
from tests.programs import Item
from tests.waiting import until

from virtwright.engine.plan import RunOptions
from virtwright.errors import RefusedError

pytestmark = pytest.mark.root
DATA = Item("Volume", "data", {})


def test_a_volume_that_was_made_again_with_its_labels_is_another_one(docker_lab: DockerLab, tmp_path: Path) -> None:
    stage, api = stage_on(docker_lab, tmp_path), docker_lab.api
    stage.apply([DATA])
    stage.assert_unchanged([DATA])
    before = api.inspect_volume("shop_data")

    def made_again() -> bool:
        """In another second: the engine tells no more."""
        api.remove_volume("shop_data")
        made = api.create_volume("shop_data", labels=before["Labels"])
        return bool(made["CreatedAt"] != before["CreatedAt"])

    until("another second", made_again)
    with pytest.raises(RefusedError, match="with the stamp of another object") as refused:
        stage.plan([DATA])
    assert "--take-over volumes.data" in (refused.value.hint or "")
    assert stage.destroy(allow=("data",)).succeeded
    assert [each["Name"] for each in api.volumes()["Volumes"]] == ["shop_data"], "it is nobody's"
    options = RunOptions(take_over=("data",), allow_data_loss=("data",))
    stage.apply([DATA], options=options)
    stage.assert_unchanged([DATA])


def test_what_took_the_place_of_a_container_is_no_more_the_stacks_after_a_refresh(
    docker_lab: DockerLab, tmp_path: Path
) -> None:
    stage, api = stage_on(docker_lab, tmp_path), docker_lab.api
    web = container("web", {"image": BUSYBOX, "command": ["sleep", "1000"]})
    stage.apply([web])
    labels = api.inspect_container("shop_web")["Config"]["Labels"]
    api.remove_container("shop_web", force=True)
    copy = api.create_container(BUSYBOX, "sleep 1000", name="shop_web", labels=labels)["Id"]
    stage.desk.work(lambda engine, _: engine.refresh(stage.desk.program([web]).name))
    with pytest.raises(RefusedError, match="it is a copy"):
        stage.plan([web])
    assert stage.destroy(allow=()).succeeded
    assert [each["Id"] for each in api.containers(all=True)] == [copy]


@pytest.mark.parametrize("stamped", [False, True], ids=["nobody's", "the stack's"])
def test_a_name_that_is_taken_is_not_given_back(docker_lab: DockerLab, tmp_path: Path, stamped: bool) -> None:
    stage, api = stage_on(docker_lab, tmp_path), docker_lab.api
    items = [container(name, {"image": BUSYBOX, "command": ["sleep", "1000"]}) for name in ("app", "web")]
    stage.apply(items)
    api.rename("shop_app", "renamed")
    if stamped:
        api.rename("shop_web", "shop_app")
    else:
        api.create_container(BUSYBOX, "sleep 1000", name="shop_app")
    theirs = api.inspect_container("shop_app")["Id"]
    for work in (stage.plan, stage.apply):
        with pytest.raises(RefusedError, match="can't be given back its name: shop_app is the name of") as refused:
            work(items)
        assert theirs in refused.value.message
    assert {each["Names"][0] for each in api.containers(all=True)} >= {"/renamed", "/shop_app"}
