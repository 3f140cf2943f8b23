"""kill -9 of dockerd in the middle of an apply, and a new start: the next apply converges, nothing orphaned, nothing twice."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.contract.stage import Stage
from tests.docker_lab import BUSYBOX, DockerLab
from tests.integration.docker.containers import container, stage_on
from tests.programs import Item
from tests.waiting import PATIENCE

from virtwright.engine.events import Event, StepFinished, StepStarted
from virtwright.engine.plan import RunOptions
from virtwright.errors import VirtwrightError

pytestmark = [pytest.mark.root, pytest.mark.slow]
MANY = 10
"""With the volume and the network some more than are done and under way when the daemon is killed."""


@pytest.fixture(scope="module")
def own_engine() -> Iterator[DockerLab]:
    """A daemon that was killed leaves control groups and a bridge of its own behind, which others would count."""
    with DockerLab() as lab:
        yield lab


def _webs(**more: Any) -> tuple[Item, ...]:
    inputs = {
        "image": BUSYBOX,
        "command": ["sleep", "1000"],
        "volumes": [{"volume": "{data}", "mount": "/data"}],
        **more,
    }
    return tuple(container(f"web{number}", inputs, uses=("data",)) for number in range(MANY))


DATA = Item("Volume", "data", {})
BACK = Item("Network", "back", {"cidr": "10.40.0.0/24"})
ITEMS = (DATA, BACK, *_webs())


@pytest.mark.parametrize("done", [0, 1, 3])
def test_a_killed_daemon_leaves_nothing_behind(done: int, own_engine: DockerLab, tmp_path: Path) -> None:
    stage = stage_on(own_engine, tmp_path)
    assert _killed(stage, own_engine, ITEMS, done)
    own_engine.start()
    stage.apply(ITEMS)
    assert stage.steps(ITEMS) == {}
    names = sorted(each["Names"][0] for each in own_engine.api.containers(all=True))
    assert names == sorted(f"/shop_web{number}" for number in range(MANY))
    assert len(own_engine.api.networks(names=["shop_back"])) == 1
    assert [each["Name"] for each in own_engine.api.volumes()["Volumes"]] == ["shop_data"]
    assert stage.destroy(allow=("data",)).succeeded
    assert own_engine.api.containers(all=True) == []


SECRET = {"path": "/etc/token", "content": "s3cret", "in_memory": True}
JOINED = container("joined", {"image": BUSYBOX, "command": ["sleep", "1000"], "docker": {}, "networks": ["{back}"],
                              "files": [SECRET]}, uses=("back",))  # fmt: skip
FRONT = Item("Service", "front", {"image": BUSYBOX, "command": ["sleep", "1000"], "replicas": 3, "stop_timeout": "0s",
                                  "update": {"monitor": "0s"}})  # fmt: skip
WHOLE = (DATA, BACK, JOINED, FRONT, container("web", {"image": BUSYBOX, "command": ["sleep", "1000"]}))
CHANGED = (
    DATA,
    Item("Network", "back", {"cidr": "10.41.0.0/24"}),
    JOINED,
    Item("Service", "front", {**FRONT.inputs, "environment": {"VERSION": "2"}}),
    container("web", {"image": BUSYBOX, "command": ["sleep", "2000"], "resources": {"pids": 77}}),
)


@pytest.mark.long
@pytest.mark.parametrize(
    ("origin", "target"),
    [((), WHOLE), (WHOLE, CHANGED), (CHANGED, WHOLE[:2]), (WHOLE, ())],
    ids=["made", "changed", "removed in part", "removed"],
)
def test_a_daemon_that_is_killed_at_any_step_of_a_change(
    origin: tuple[Item, ...], target: tuple[Item, ...], own_engine: DockerLab, tmp_path: Path
) -> None:
    stage = stage_on(own_engine, tmp_path)
    for done in count():
        stage.apply(origin, allow=("data",))
        killed = _killed(stage, own_engine, target, done)
        if killed:
            own_engine.start()
        stage.apply(target, allow=("data",))
        assert stage.steps(target) == {}
        assert _objects(own_engine) == _wanted(target), f"killed after {done} steps"
        if not killed:
            break
    assert done > 2, "it was killed at some of the steps"
    assert stage.destroy(allow=("data",)).succeeded
    assert _objects(own_engine) == {}


def _killed(stage: Stage, engine: DockerLab, items: Sequence[Item], done: int) -> bool:
    """Apply, and kill the daemon when so many steps are done and another one begins; whether it came to that."""
    program, options = stage.desk.program(items), RunOptions(allow_data_loss=("data",))
    finished, killed = 0, threading.Event()

    def listen(event: Event) -> None:
        """On the engine's loop, so that nothing more is begun until the daemon is dead."""
        nonlocal finished
        finished += isinstance(event, StepFinished)
        if isinstance(event, StepStarted | StepFinished) and finished >= done and not killed.is_set():
            engine.kill()
            killed.set()

    def apply() -> None:
        with suppress(VirtwrightError):
            stage.desk.work(lambda engine, _: engine.apply(program, options), listen)

    run = threading.Thread(target=apply)
    run.start()
    run.join(PATIENCE)
    assert not run.is_alive(), "an apply ends when its daemon does"
    return killed.is_set()


def _objects(engine: DockerLab) -> Counter[str]:
    """What is there, whatever it is called."""
    found = Counter(f"container {each['State']}" for each in engine.api.containers(all=True))
    found["network"] = sum(each["Name"] not in engine.built_in for each in engine.api.networks())
    found["volume"] = len(engine.api.volumes()["Volumes"] or ())
    found["file in memory"] = len(engine.run("find", "/run/virtwright", "-type", "f", "-size", "+0").split())
    return +found


def _wanted(items: Sequence[Item]) -> Counter[str]:
    found = Counter(each.kind.lower() for each in items)
    found["container running"] = found.pop("container", 0) + sum(
        each.inputs["replicas"] for each in items if each.kind == "Service"
    )
    found.pop("service", None)
    found["file in memory"] = sum(len(each.inputs.get("files", ())) for each in items)
    return +found
