"""kill -9 of dockerd in the middle of an apply, and a new start: the next apply converges, nothing orphaned, nothing twice."""

import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from tests.docker_lab import BUSYBOX, DockerLab
from tests.integration.docker.containers import container, stage_on
from tests.programs import Item

from virtwright.errors import VirtwrightError

pytestmark = [pytest.mark.root, pytest.mark.slow]
MANY = 8


@pytest.mark.parametrize("moment", [0.15, 0.6, 1.1])
def test_a_killed_daemon_leaves_nothing_behind(moment: float, docker_lab: DockerLab, tmp_path: Path) -> None:
    data = Item("Volume", "data", {})
    back = Item("Network", "back", {"cidr": "10.40.0.0/24"})
    webs = [
        container(f"web{number}", {"image": BUSYBOX, "command": ["sleep", "1000"],
                                   "volumes": [{"volume": "{data}", "mount": "/data"}]}, uses=("data",))
        for number in range(MANY)
    ]  # fmt: skip
    items = [data, back, *webs]
    stage = stage_on(docker_lab, tmp_path)

    def apply() -> None:
        with suppress(VirtwrightError):  # where the daemon was gone before anything was planned
            stage.desk.apply(items)

    run = threading.Thread(target=apply)
    run.start()
    time.sleep(moment)
    docker_lab.kill()
    run.join(120)
    assert not run.is_alive(), "an apply ends when its daemon does"
    docker_lab.start()
    stage.apply(items)
    assert stage.steps(items) == {}
    names = sorted(each["Names"][0] for each in docker_lab.api.containers(all=True))
    assert names == sorted(f"/shop_web{number}" for number in range(MANY))
    assert len(docker_lab.api.networks(names=["shop_back"])) == 1
    assert [each["Name"] for each in docker_lab.api.volumes()["Volumes"]] == ["shop_data"]
    assert stage.destroy(allow=("data",)).succeeded
    assert docker_lab.api.containers(all=True) == []
