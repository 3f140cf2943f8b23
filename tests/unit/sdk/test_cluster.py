"""A cluster: what it is made of."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from tests.pulumi_mocks import MockedEngine

import virtwright as vw


def test_a_cluster_makes_machines_volumes_and_their_network() -> None:
    engine = MockedEngine(told={"name": "on-host", "address": "10.0.0.9"})

    async def program() -> Any:
        args = vw.ClusterArgs(machines=2, image="host", memory="64MiB", cidr="10.9.0.0/24", volume_size="1GiB")
        cluster = vw.Cluster("node", args)
        assert len(cluster.machines) == len(cluster.volumes) == 2
        return await cluster.addresses.future()

    assert engine.run(program) == ["10.0.0.9", "10.0.0.9"]
    machines = [seen for seen in engine.seen if seen.type == "virtwright:index:VirtualMachine"]
    assert sorted(seen.name for seen in machines) == ["node-0", "node-1"]
    assert machines[0].inputs == {
        "image": "host",
        "memory": "64MiB",
        "networks": [{"network": "on-host"}],
        "disks": [{"volume": "on-host", "mount": "/var/lib/data"}],
    }
    assert [seen.inputs for seen in engine.seen if seen.type == "virtwright:index:Network"] == [{"cidr": "10.9.0.0/24"}]


def test_a_cluster_without_volumes_has_none() -> None:
    engine = MockedEngine()

    async def program() -> None:
        cluster = vw.Cluster("node", vw.ClusterArgs(machines=1))
        assert cluster.volumes == []

    engine.run(program)
    assert {seen.type.rsplit(":", 1)[1] for seen in engine.seen} == {"Cluster", "Network", "VirtualMachine"}


@pytest.mark.parametrize("machines", [lambda: 0, lambda: "2", lambda: pulumi.Output.from_input(2)])
def test_a_cluster_of_none_or_of_nobody_knows_how_many_is_refused(machines: Callable[[], Any]) -> None:
    async def program() -> None:
        vw.Cluster("node", vw.ClusterArgs(machines=machines()))

    with pytest.raises(ValueError, match="a whole number of machines, at least 1"):
        MockedEngine().run(program)
