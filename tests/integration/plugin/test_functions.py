"""What a program may ask of a host through the plugin."""

import pytest
from pulumi.runtime.proto import provider_pb2
from tests.integration.plugin.conftest import StartPlugin

from virtwright.stacks.python.wire import decode, encode

pytestmark = pytest.mark.root


def test_functions(start: StartPlugin) -> None:
    with start() as plugin:
        answer = plugin.Invoke(provider_pb2.InvokeRequest(tok="virtwright:index:getHost", args=encode({})))
        told = decode(getattr(answer, "return"))
        assert told["name"] == "here" and told["uri"].startswith("namespace://") and len(told["facts"]) > 3
        wrong = plugin.Invoke(provider_pb2.InvokeRequest(tok="virtwright:index:getImage", args=encode({"ref": "x"})))
        assert {failure.property for failure in wrong.failures} == {"ref", "reference"}
        with pytest.raises(Exception, match="virtwright has no function virtwright:index:getNothing"):
            plugin.Invoke(provider_pb2.InvokeRequest(tok="virtwright:index:getNothing", args=encode({})))
