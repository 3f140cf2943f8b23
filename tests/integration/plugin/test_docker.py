"""Whole lives through the plugin on a Docker engine, begun by a plugin that is killed: no orphan, nothing twice."""

import signal
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from tests.contract.docker.image_changes import BASE
from tests.contract.docker.items import BACK, DATA, WEB
from tests.contract.docker.subject import DockerSubject
from tests.contract.namespace.items import altered
from tests.plugin_lab import EnginePart, Plugin, plugin
from tests.programs import Item

pytestmark = pytest.mark.root
SERVICE = Item(
    "Service",
    "copies",
    {
        "image": "{base.reference}",
        "command": ["sleep", "1000"],
        "networks": ["{back}"],
        "replicas": 2,
        "update": {"monitor": "0.1s"},
        "stop_timeout": "0s",
    },
    uses=("back", "base"),
)


@pytest.fixture
def subject(tmp_path: Path) -> Iterator[DockerSubject]:
    with DockerSubject(tmp_path) as subject:
        yield subject


@pytest.mark.parametrize("point", ["plugin.created:2", "docker.container:2", "docker.image:2"])
def test_a_life_whose_begin_is_cut(subject: DockerSubject, tmp_path: Path, point: str) -> None:
    base = altered(BASE, source={"archive": str(tmp_path / "one.tar")})
    items, engine = (BACK, DATA, base, WEB), EnginePart()
    with plugin(subject.uri, tmp_path / "home", VIRTWRIGHT_FAILPOINT=f"{point}=kill") as started:
        with pytest.raises(grpc.RpcError):
            engine.up(started, *items)
        assert started.process.wait(120) == -signal.SIGKILL
    with plugin(subject.uri, tmp_path / "home", VIRTWRIGHT_ALLOW_DATA_LOSS="volumes.data") as started:
        engine.up(started, *items)
        assert subject.census() == subject.expected(items)
        assert engine.up(started, *items) == {}
        if point.startswith("plugin"):
            live(subject, engine, started, items)
        engine.up(started)
    assert subject.census() == subject.expected(()) and not engine.held


def live(subject: DockerSubject, engine: EnginePart, started: Plugin, items: tuple[Item, ...]) -> None:
    """What comes between the begin and the end: a service more, a preview, a refresh, changes."""
    engine.up(started, *items, SERVICE, preview=True)
    assert subject.census() == subject.expected(items)
    engine.up(started, *items, SERVICE)
    assert subject.census()["container running"] == 3
    assert engine.refresh(started).keys() == {"back", "data", "base", "web", "copies"}
    assert engine.up(started, *items, SERVICE) == {}
    changed = (*items[:3], altered(WEB, resources={"pids": 77}), altered(SERVICE, replicas=1))
    diffs = engine.up(started, *changed)
    assert {name: list(diff.detailedDiff) for name, diff in diffs.items()} == {
        "web": ["resources.pids"],
        "copies": ["replicas"],
    }
    assert engine.up(started, *changed) == {}
