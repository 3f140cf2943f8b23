"""Logs of and commands in services, what a manager says of its swarm, and what somebody else changes meanwhile."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.docker_lab import BUSYBOX
from tests.programs import Item
from tests.swarm_lab import SwarmStage
from tests.waiting import until

from virtwright.engine.leftovers import remove, stamped
from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.docker.swarm.asking import Manager
from virtwright.providers.docker.swarm.connection import SwarmConnection
from virtwright.providers.docker.swarm.provider import SwarmProvider
from virtwright.providers.docker.swarm.sending import Sender
from virtwright.providers.hooks import HasCopies, offers
from virtwright.schemas.host import Host

pytestmark = pytest.mark.root
WRITES = "echo out; echo err >&2; i=0; while true; do i=$((i+1)); echo $i; sleep 0.2; done"
TALKER = Item(
    "Service",
    "talker",
    {"image": BUSYBOX, "command": ["sh", "-c", WRITES], "update": {"monitor": "0.2s"}, "stop_timeout": "0s"},
)


@pytest.fixture
def provider(stage: SwarmStage) -> Iterator[SwarmProvider]:
    stage.apply(TALKER)
    provider = SwarmProvider.open("here", Host(uri=stage.uri))
    yield provider
    provider.close()


def test_a_service_is_operated(
    stage: SwarmStage, provider: SwarmProvider, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    reader = _logs_and_commands(stage, provider, capfdbinary)
    _facts(provider)
    _nobody_overwrites(stage, provider)
    _garbage(stage, provider)
    reader.join(120)
    assert not reader.is_alive(), "following ends with the service"


def _logs_and_commands(
    stage: SwarmStage, provider: SwarmProvider, capfdbinary: pytest.CaptureFixture[bytes]
) -> threading.Thread:
    operations, id = provider.operations("Service"), stage.service("shop_talker")["ID"]
    assert operations is not None and provider.operations("Volume") is None
    until("it wrote", lambda: len(list(operations.logs(id, follow=False, tail=None))) > 3)
    lines = list(operations.logs(id, follow=False, tail=None))
    assert {(line.stream, line.text) for line in lines} >= {("stdout", "out"), ("stderr", "err")}
    assert all(line.time.startswith("20") for line in lines)
    assert len(list(operations.logs(id, follow=False, tail=2))) == 2
    followed: list[str] = []
    reader = threading.Thread(
        target=lambda: followed.extend(line.text for line in operations.logs(id, follow=True, tail=0)), daemon=True
    )
    reader.start()
    until("new lines come", lambda: len(followed) > 1)
    assert operations.execute(id, ["sh", "-c", "echo said; exit 3"], interactive=False, tty=False) == 3
    assert capfdbinary.readouterr().out == b"said\n"
    assert offers(operations, HasCopies)
    (copy,) = operations.copies(id)
    assert (copy.number, copy.state, {copy.id}) == (1, "running", {*stage.running("shop_talker")})
    assert {line.text for line in operations.logs(copy.id, follow=False, tail=None)} >= {"out", "err", "1"}
    assert operations.execute(copy.id, ["false"], interactive=False, tty=False) == 1
    with pytest.raises(HostError, match="is not in this swarm"):
        list(operations.logs("nothing", follow=False, tail=1))
    return reader


def _facts(provider: SwarmProvider) -> None:
    facts = {fact.name: fact for fact in provider.facts()}
    assert facts["nodes"].value == "1 managers, 0 workers" and facts["swarm"].ok
    assert facts["storage driver"].value == "overlay2"


def _nobody_overwrites(stage: SwarmStage, provider: SwarmProvider) -> None:
    """An update that is based on what is there no more: the swarm's own changes are no reason to give up, others are."""
    manager = Manager(SwarmConnection("here", Host(uri=stage.uri)))
    sender, before = Sender(manager), dict(stage.service("shop_talker"))
    goal = _with_replicas(before, 2)
    _post(stage, before, before["Spec"])
    assert stage.service("shop_talker")["Version"] != before["Version"]
    sender.update(before["ID"], before, goal, Context())
    assert stage.service("shop_talker")["Spec"]["Mode"] == goal["Mode"]
    with pytest.raises(HostError, match="was changed by somebody else meanwhile"):
        sender.update(before["ID"], before, _with_replicas(before, 3), Context())
    assert stage.service("shop_talker")["Spec"]["Mode"] == goal["Mode"], "nothing was overwritten"


def _with_replicas(found: dict[str, Any], many: int) -> dict[str, Any]:
    return {**found["Spec"], "Mode": {"Replicated": {"Replicas": many}}}


def _post(stage: SwarmStage, found: dict[str, Any], spec: dict[str, Any]) -> None:
    api = stage.api
    url = api._url("/services/{0}/update", found["ID"])
    api._raise_for_status(api._post_json(url, data=spec, params={"version": found["Version"]["Index"]}))


def _garbage(stage: SwarmStage, provider: SwarmProvider) -> None:
    """Without a state that knows the stack, what it has here is shown and can be removed."""
    (left,) = stamped(provider)
    assert (left.stack, left.name) == ("shop/shop", "services.talker")
    remove(provider, left, Context())
    assert stage.api.services() == [] and stamped(provider) == []
