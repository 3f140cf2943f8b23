"""What is unwise about the way to an engine is told in every plan."""

from pathlib import Path

import pytest
from tests.stack_files import load

from virtwright.engine.api import Engine
from virtwright.engine.events import Event, Warned
from virtwright.engine.state.store import StateStore
from virtwright.errors import VirtwrightError
from virtwright.providers.docker.client.address import address_of
from virtwright.schemas.host import Host
from virtwright.stacks.keys import Keys


@pytest.mark.parametrize("scheme", ["docker+tcp", "swarm+tcp"])
def test_a_plan_warns_of_a_way_without_tls(tmp_path: Path, scheme: str) -> None:
    (tmp_path / "shop.yaml").write_text(
        f"stack: shop\nhosts: {{one: {{uri: '{scheme}://127.0.0.1:1'}}}}\nnetworks: {{back: {{}}}}\n"
    )
    heard: list[Event] = []
    keys = Keys({"VIRTWRIGHT_HOME": str(tmp_path / "home")})
    with StateStore.open(None, keys) as store, pytest.raises(VirtwrightError, match="can't be reached"):
        Engine(store, [heard.append]).plan(load(tmp_path / "shop.yaml"))
    [warned] = [event for event in heard if isinstance(event, Warned)]
    assert "is reached without TLS" in warned.problem.message
    assert (warned.problem.where.line, warned.problem.where.path) == (2, "hosts.one.uri")


def test_docker_s_own_client_may_be_sent_such_a_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.1:2375")
    assert list(address_of(Host(uri="docker:///")).warnings())


@pytest.mark.parametrize("uri", ["docker+tcp://web1:2376", "docker+ssh://web1", "docker+unix:///run/docker.sock"])
def test_other_ways_are_well(uri: str) -> None:
    assert not list(address_of(Host(uri=uri)).warnings())
