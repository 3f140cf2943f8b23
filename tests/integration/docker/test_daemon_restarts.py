"""kill -9 of dockerd in the middle of an apply, and a new start: the next apply converges, nothing orphaned, nothing twice."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.docker_lab import BUSYBOX, DockerLab
from tests.integration.docker.containers import container, stage_on
from tests.programs import Item
from tests.waiting import PATIENCE

from virtwright.engine.events import Event, StepFinished, StepStarted
from virtwright.errors import VirtwrightError

pytestmark = [pytest.mark.root, pytest.mark.slow]
MANY = 10
"""With the volume and the network some more than are done and under way when the daemon is killed."""


@pytest.fixture(scope="module")
def own_engine() -> Iterator[DockerLab]:
    """A daemon that was killed leaves control groups and a bridge of its own behind, which others would count."""
    with DockerLab() as lab:
        yield lab


@pytest.mark.parametrize("done", [0, 1, 3])
def test_a_killed_daemon_leaves_nothing_behind(done: int, own_engine: DockerLab, tmp_path: Path) -> None:
    data = Item("Volume", "data", {})
    back = Item("Network", "back", {"cidr": "10.40.0.0/24"})
    webs = [
        container(f"web{number}", {"image": BUSYBOX, "command": ["sleep", "1000"],
                                   "volumes": [{"volume": "{data}", "mount": "/data"}]}, uses=("data",))
        for number in range(MANY)
    ]  # fmt: skip
    items = [data, back, *webs]
    stage = stage_on(own_engine, tmp_path)

    finished, killed = 0, threading.Event()

    def listen(event: Event) -> None:
        """On the engine's loop, so that nothing more is begun until the daemon is dead."""
        nonlocal finished
        finished += isinstance(event, StepFinished)
        if isinstance(event, StepStarted | StepFinished) and finished >= done and not killed.is_set():
            own_engine.kill()
            killed.set()

    def apply() -> None:
        program = stage.desk.program(items)
        with suppress(VirtwrightError):
            stage.desk.work(lambda engine, _: engine.apply(program), listen)

    run = threading.Thread(target=apply)
    run.start()
    run.join(PATIENCE)
    assert not run.is_alive(), "an apply ends when its daemon does"
    assert killed.is_set() and finished < len(items), "it was killed in the middle of the apply"
    own_engine.start()
    stage.apply(items)
    assert stage.steps(items) == {}
    names = sorted(each["Names"][0] for each in own_engine.api.containers(all=True))
    assert names == sorted(f"/shop_web{number}" for number in range(MANY))
    assert len(own_engine.api.networks(names=["shop_back"])) == 1
    assert [each["Name"] for each in own_engine.api.volumes()["Volumes"]] == ["shop_data"]
    assert stage.destroy(allow=("data",)).succeeded
    assert own_engine.api.containers(all=True) == []
