"""A component that runs in the plugin, on an engine that asks for it over gRPC."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, resource_pb2, resource_pb2_grpc
from tests.plugin_lab import plugin

from virtwright.stacks.python.wire import decode, encode

CLUSTER = "virtwright:index:Cluster"


class FakeMonitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Takes registrations and answers with the inputs and a name."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def SupportsFeature(self, request: Any, context: Any) -> Any:
        return resource_pb2.SupportsFeatureResponse(hasSupport=True)

    def RegisterResource(self, request: Any, context: Any) -> Any:
        self.seen.append(request)
        urn = f"urn:pulumi:prod::shop::{request.type}::{request.name}"
        told = {**decode(request.object), "name": f"{request.name}-1", "address": "10.0.0.9"}
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id=request.name, object=encode(told if request.custom else {})
        )

    def RegisterResourceOutputs(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def of(self, kind: str) -> list[Any]:
        return sorted((each for each in self.seen if each.type.endswith(f":{kind}")), key=lambda each: each.name)


def test_a_cluster_is_made_inside_the_plugin(tmp_path: Path) -> None:
    monitor, threads = FakeMonitor(), ThreadPoolExecutor(8)
    server = grpc.server(threads)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with plugin(None, tmp_path) as process:
            request = provider_pb2.ConstructRequest(
                project="shop",
                stack="prod",
                monitorEndpoint=f"127.0.0.1:{port}",
                type=CLUSTER,
                name="node",
                parallel=8,
                inputs=encode({"machines": 2, "image": "host", "cidr": "10.9.0.0/24"}),
            )
            answer = process.Construct(request)
            with pytest.raises(grpc.RpcError, match="virtwright has no component virtwright:index:Clustre"):
                process.Construct(provider_pb2.ConstructRequest(type=CLUSTER.replace("ter", "tre")))
            request.inputs.CopyFrom(encode({"machines": 0}))
            with pytest.raises(grpc.RpcError, match="machines must be a whole number of at least 1"):
                process.Construct(request)
    finally:
        server.stop(None).wait()
        threads.shutdown()
    assert answer.urn == f"urn:pulumi:prod::shop::{CLUSTER}::node"
    assert decode(answer.state)["addresses"] == ["10.0.0.9", "10.0.0.9"]
    assert [each.name for each in monitor.of("VirtualMachine")] == ["node-0", "node-1"]
    (network,) = monitor.of("Network")
    assert decode(network.object) == {"cidr": "10.9.0.0/24"} and network.parent == answer.urn
    assert decode(monitor.of("VirtualMachine")[0].object)["networks"] == [{"network": "node-1"}]
