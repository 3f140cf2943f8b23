"""Podman behind its Docker-compatible socket: what it does as Docker does, and what is refused there."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.contract.docker import subject as contract
from tests.contract.docker.items import SHOP, STALL
from tests.contract.docker.subject import DockerSubject
from tests.contract.stage import Desk, Stage
from tests.contract.subject import FieldChange
from tests.docker_lab import BUSYBOX
from tests.podman_lab import PodmanLab
from tests.programs import Item

from virtwright.errors import UnsupportedError

pytestmark = [pytest.mark.root, pytest.mark.long]
REFUSED = (
    Item("Network", "back", {"mode": "routed"}),
    Item("Network", "back", {"bridge": "vw-shop"}),
    Item("Network", "back", {"docker": {"attachable": True}}),
    Item("Volume", "data", {"source": {"content": "@here/content"}}),
    Item("Image", "base", {"source": {"registry": "registry.example.org/base:1"}}),
    Item("Container", "web", {"image": BUSYBOX, "healthcheck": {"command": ["true"], "start_interval": "1s"}}),
)
OTHERWISE = (
    "Network.mode-routed", "Network.mtu", "Network.bridge", "Network.docker.attachable", "Network.docker.options", "Volume.source",
    "Image.", "Container.networks[0].address", "Container.networks[0].aliases", "Container.healthcheck",
    "Container.stop_signal", "Container.capabilities", "Container.docker.init",
)  # fmt: skip
"""Changes that are refused, that docs/providers.md says Podman does otherwise, or of which it tells in other words than Docker."""
SEEN_BY_DOCKERS_OWN_BRIDGE = "Container.docker.network_mode"
CHANGES = [
    each
    for each in DockerSubject.changes
    if not each.name.startswith(OTHERWISE) and each.name != SEEN_BY_DOCKERS_OWN_BRIDGE
]


@pytest.fixture(scope="module")
def lab() -> Iterator[PodmanLab]:
    with PodmanLab() as lab:
        yield lab


@pytest.fixture
def stage(lab: PodmanLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr(contract, "SHARED", SimpleNamespace(get=lambda: lab))
    (tmp_path / "here").mkdir()
    with DockerSubject(tmp_path) as subject:
        yield Stage(subject, Desk(tmp_path / "home", subject.uri, subject.opener))


@pytest.mark.parametrize("items", [SHOP, STALL], ids=["on a network", "alone"])
def test_apply_then_plan_then_destroy(stage: Stage, lab: PodmanLab, items: tuple[Item, ...]) -> None:
    stage.apply(items)
    assert stage.plan(items).changes == ()
    assert stage.destroy(allow=("data",)).succeeded
    assert lab.api.containers(all=True) == []


@pytest.mark.parametrize("change", CHANGES, ids=lambda each: each.name)
def test_a_change_holds_and_shows_no_drift(stage: Stage, change: FieldChange) -> None:
    stage.apply(change.before)
    stage.apply(change.after, allow=("data",))
    assert stage.plan(change.after).changes == ()
    change.in_force(stage.subject)


@pytest.mark.parametrize("item", REFUSED, ids=lambda each: f"{each.kind}.{next(iter(each.inputs))}")
def test_what_it_would_not_do_is_told_by_the_plan(stage: Stage, item: Item) -> None:
    with pytest.raises(UnsupportedError, match="can't do this"):
        stage.plan([item])


def test_a_service_rolls_as_on_docker(stage: Stage, lab: PodmanLab) -> None:
    def web(word: str, **more: Any) -> list[Item]:
        command = ["sh", "-c", f"echo {word}; exec sleep 1000"]
        quick = {"image": BUSYBOX, "command": command, "stop_timeout": "0s", "update": {"monitor": "0.1s"}}
        return [Item("Service", "web", {**quick, "docker": {"network_mode": "none"}, "replicas": 2, **more})]

    stage.apply(web("old"))
    assert stage.plan(web("old")).changes == ()
    stage.apply(web("new", replicas=3))
    assert stage.plan(web("new", replicas=3)).changes == ()
    said = [lab.api.logs(each["Id"]).decode().strip() for each in lab.api.containers(all=True)]
    assert said == ["new"] * 3
    broken = web("bad", replicas=3, command=["false"], restart="no", update={"monitor": "10s"})
    assert not stage.desk.apply(broken).succeeded
    assert stage.plan(web("new", replicas=3)).changes == (), "it was rolled back"
    assert stage.destroy(allow=()).succeeded
    assert lab.api.containers(all=True) == []


def test_logs_commands_and_facts(stage: Stage, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    talks = {"image": BUSYBOX, "command": "echo said; exec sleep 1000", "stop_timeout": "0s"}
    stage.apply([Item("Container", "web", {**talks, "docker": {"network_mode": "none"}})])
    id = stage.records()["web"].id or ""
    with stage.provider() as provider:
        operations = provider.operations("Container")
        assert operations is not None
        assert [line.text for line in operations.logs(id, follow=False, tail=None)] == ["said"]
        assert operations.execute(id, ["sh", "-c", "echo there; exit 3"], interactive=False, tty=False) == 3
        assert capfdbinary.readouterr().out == b"there\n"
        assert {fact.name: fact.value for fact in provider.facts()}["engine"].startswith("Podman ")
