"""A service in four copies behind a front, under load for the whole time of an update: not one request is lost."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from tests.docker_lab import DockerLab
from tests.integration.docker.test_services import BACK, Stage
from tests.load_lab import APP, BROKEN, FRONT, SOON, import_programs, load, serves_alone, version_at
from tests.programs import Item
from tests.states import keys_in
from tests.waiting import until

from virtwright.engine.state.store import StateStore
from virtwright.errors import HostError

pytestmark = [pytest.mark.root, pytest.mark.slow]
URL: Final = "http://127.0.0.1:8088/version"


def shop(version: str = "1", **changes: Any) -> Sequence[Item]:
    app = {**APP, "environment": {"VERSION": version}, **changes}
    front = {**FRONT, "ports": ["8088:80"], "wait_for": {"tcp": 80}}
    return (
        BACK,
        Item("Service", "app", app, uses=("back",)),
        Item("Container", "front", front, uses=("back",), after=("app",)),
    )


@pytest.fixture
def stage(docker_lab: DockerLab, tmp_path: Path) -> Iterator[Stage]:
    import_programs(docker_lab)
    with StateStore.open(None, keys_in(tmp_path)) as store:
        yield Stage(docker_lab, store)


def test_updates_lose_no_request(stage: Stage, tmp_path: Path) -> None:
    stage.apply(shop())
    until("the front answers", lambda: '"version": "1"' in version_at(stage.lab, URL))
    old = stage.copies()
    with load(stage.lab, tmp_path, URL) as told:
        stage.apply(shop("2"))
    assert told.failures == []
    assert told.requests > 200
    assert '"version": "2"' in version_at(stage.lab, URL)
    current = stage.copies()
    assert len(current) == 4 and not {*old.values()} & {*current.values()}

    with load(stage.lab, tmp_path, URL) as told, pytest.raises(HostError, match="the update was rolled back"):
        stage.apply(shop("3", command=["python3", "-c", BROKEN], healthcheck=SOON))
    assert told.failures == []
    assert told.requests > 100
    assert serves_alone(stage.lab, URL, "2")
    assert stage.copies() == current
    stage.settled(shop("2"))
