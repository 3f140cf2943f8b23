"""What the plugin is asked and changes nothing for: checks, previews, functions. One plugin and host for all."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2
from tests.contract.namespace.items import BACK
from tests.contract.namespace.subject import NamespaceSubject
from tests.plugin_lab import EnginePart, Plugin, urn_of
from tests.plugin_lab import plugin as running
from tests.programs import Item

from virtwright.schemas.values import UNKNOWN
from virtwright.stacks.python.wire import decode, encode

pytestmark = pytest.mark.root
SLEEPER = Item("Container", "web", {"image": "host", "command": ["sleep", "1000"], "stop_timeout": "0s"})
JOINED = Item("Container", "web", {**SLEEPER.inputs, "networks": [{"network": "{back}"}]}, uses=("back",))


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plugin]:
    folder: Path = tmp_path_factory.mktemp("questions")
    with NamespaceSubject(folder) as subject, running(subject.uri, folder / "home") as plugin:
        yield plugin
        assert subject.census() == subject.expected(())


def test_each_mistake_is_told_at_its_property(plugin: Plugin) -> None:
    news = {"image": "host", "memroy": 5, "ports": ["80:http"], "labels": {"a.b": 1}, "resources": {"memory": "much"}}
    answer = plugin.Check(provider_pb2.CheckRequest(urn=urn_of(SLEEPER), news=encode(news)))
    told = {failure.property: failure.reason for failure in answer.failures}
    assert set(told) == {"memroy", "ports[0]", 'labels["a.b"]', "resources.memory"}
    assert "unknown field" in told["memroy"] and "did you mean resources.memory?" not in told["ports[0]"]
    machine = Item("VirtualMachine", "db", {"image": "host", "graphics": "vnc"})
    asked = provider_pb2.CheckRequest(urn=urn_of(machine), news=encode(machine.inputs))
    unsupported = plugin.Check(asked)
    assert len(unsupported.failures) == 1 and "graphic" in unsupported.failures[0].reason
    with pytest.raises(grpc.RpcError, match="virtwright has no resource type"):
        plugin.Check(provider_pb2.CheckRequest(urn="urn:pulumi:a::b::virtwright:index:Containr::x", news=encode({})))
    with pytest.raises(grpc.RpcError, match="not a URN"):
        plugin.Delete(provider_pb2.DeleteRequest(id="x", urn="nonsense"))


def test_what_is_not_known_yet_is_unknown_in_a_preview(plugin: Plugin) -> None:
    engine = EnginePart()
    urn = urn_of(JOINED)
    news = encode({**JOINED.inputs, "networks": [{"network": UNKNOWN}], "hostname": UNKNOWN})
    checked = plugin.Check(provider_pb2.CheckRequest(urn=urn, news=news))
    assert not checked.failures and decode(checked.inputs)["networks"][0]["network"] is UNKNOWN
    foreseen = plugin.Create(provider_pb2.CreateRequest(urn=urn, properties=checked.inputs, preview=True))
    outputs = decode(foreseen.properties)
    assert outputs["address"] is UNKNOWN and outputs["restart"] == "unless-stopped" and not foreseen.id
    engine.up(plugin, BACK, JOINED, preview=True)
    assert engine.did == [("create", "back"), ("create", "web")]


def test_functions(plugin: Plugin) -> None:
    answer = plugin.Invoke(provider_pb2.InvokeRequest(tok="virtwright:index:getHost", args=encode({})))
    told = decode(getattr(answer, "return"))
    assert told["name"] == "here" and told["uri"].startswith("namespace://") and len(told["facts"]) > 3
    wrong = plugin.Invoke(provider_pb2.InvokeRequest(tok="virtwright:index:getImage", args=encode({"ref": "x"})))
    assert {failure.property for failure in wrong.failures} == {"ref", "reference"}
    with pytest.raises(Exception, match="virtwright has no function virtwright:index:getNothing"):
        plugin.Invoke(provider_pb2.InvokeRequest(tok="virtwright:index:getNothing", args=encode({})))
