"""A stack moves from a Docker host to the swarm that the host has become the first node of: by its host line, data and all."""

from dataclasses import replace

import pytest
from tests.docker_lab import BUSYBOX, DockerLab
from tests.programs import Item
from tests.swarm_lab import SwarmStage

pytestmark = pytest.mark.root
ITEMS = (
    Item("Network", "back"),
    Item("Volume", "data"),
    Item(
        "Service",
        "web",
        {
            "image": BUSYBOX,
            "command": ["httpd", "-f", "-p", "80", "-h", "/data"],
            "networks": ["{back}"],
            "volumes": [{"volume": "{data}", "mount": "/data"}],
            "files": [{"path": "/run/word", "content": "secret", "in_memory": True}],
            "environment": {"MODE": "fast"},
            "healthcheck": {"tcp": 80, "interval": "0.3s"},
            "resources": {"memory": "32MiB"},
            "wait_for": {"healthy": True},
            "update": {"monitor": "0.2s"},
            "stop_timeout": "0s",
        },
        uses=("back", "data"),
    ),
)


def test_a_stack_moves_by_its_host_line(stage: SwarmStage, swarm_engine: DockerLab) -> None:
    before = replace(stage, uri=swarm_engine.uri)
    before.apply(*ITEMS)
    before.settled(*ITEMS)
    _inside(stage, "echo kept > /data/word")
    changes = {step.urn.name: (step.op, step.changes) for step in stage.plan(*ITEMS).changes}
    assert {name: str(op) for name, (op, _) in changes.items()} == {"back": "replace", "web": "replace"}
    assert [each.field for each in changes["back"][1]] == ["docker.driver"]
    stage.apply(*ITEMS)
    stage.settled(*ITEMS)
    assert len(stage.running()) == 1 and len(stage.kept()[0]) == 1
    assert _inside(stage, "cat /data/word /run/word") == "kept\nsecret"
    networks = {each["Name"]: each["Driver"] for each in stage.api.networks()}
    assert networks["shop_back"] == "overlay"


def _inside(stage: SwarmStage, script: str) -> str:
    """In the one container, which is the host's or a copy of the swarm's."""
    (container,) = stage.api.containers()
    made = stage.api.exec_create(container["Id"], ["sh", "-c", script])
    return str(stage.api.exec_start(made["Id"]).decode())
