"""What the plugin says of itself, over gRPC, without a host."""

import json
from importlib.metadata import version
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2
from tests.plugin_lab import STACK, plugin

from virtwright.stacks.python.wire import decode, encode

HOST = f"urn:pulumi:{STACK}::shop::pulumi:providers:virtwright::here"


def test_identity_schema_and_configuration(tmp_path: Path) -> None:
    with plugin(None, tmp_path) as process:
        process.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1"))
        empty = empty_pb2.Empty()
        assert process.GetPluginInfo(empty).version == version("virtwright")
        schema = json.loads(process.GetSchema(provider_pb2.GetSchemaRequest()).schema)
        assert schema["name"] == "virtwright" and len(schema["resources"]) == 7
        with pytest.raises(grpc.RpcError, match="format 0, not 3"):
            process.GetSchema(provider_pb2.GetSchemaRequest(version=3))
        hand = process.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
        assert hand.accept_secrets and hand.accept_resources
        assert process.GetMappings(provider_pb2.GetMappingsRequest()).providers == []
        assert process.GetMapping(provider_pb2.GetMappingRequest()).provider == ""

        wrong = process.CheckConfig(provider_pb2.CheckRequest(urn=HOST, news=encode({"url": "x", "max_parallel": 0})))
        assert {failure.property for failure in wrong.failures} == {"uri", "url", "max_parallel"}
        news = encode({"uri": "namespace:///", "version": "1.0.0", "__internal": {"a": 1}})
        right = process.CheckConfig(provider_pb2.CheckRequest(urn=HOST, news=news))
        told = decode(right.inputs)
        assert not right.failures and told["version"] == "1.0.0" and told["max_parallel"] == 8 and "__internal" in told

        olds = encode({"uri": "qemu+ssh://kvm1/system"})
        diff = process.DiffConfig(
            provider_pb2.DiffRequest(
                urn=HOST, olds=olds, old_inputs=olds, news=encode({"uri": "qemu+ssh://kvm2/system"})
            )
        )
        assert (
            list(diff.replaces) == ["uri"] and diff.detailedDiff["uri"].kind == provider_pb2.PropertyDiff.UPDATE_REPLACE
        )
        same = process.DiffConfig(provider_pb2.DiffRequest(urn=HOST, olds=olds, old_inputs=olds, news=olds))
        assert same.changes == provider_pb2.DiffResponse.DIFF_NONE

        with pytest.raises(grpc.RpcError, match="pulumi config set virtwright:uri"):
            process.Delete(
                provider_pb2.DeleteRequest(
                    id="1", urn=HOST.replace("pulumi:providers:virtwright", "virtwright:index:Network")
                )
            )
        with pytest.raises(grpc.RpcError, match="no provider serves the URI scheme 'nowhere'"):
            process.Configure(provider_pb2.ConfigureRequest(args=encode({"uri": "nowhere:///"})))
        assert process.end() == 0
