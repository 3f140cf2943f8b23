"""A service that somebody else made is taken over as it runs, and keeps what a stack has no word for."""

from pathlib import Path
from typing import Any

import pytest
from tests.docker_lab import BUSYBOX
from tests.e2e.operator_lab import Operator
from tests.programs import Item
from tests.swarm_lab import SwarmStage, until_runs

from virtwright.engine.plan import RunOptions
from virtwright.errors import VirtwrightError
from virtwright.providers.docker.provider import DockerProvider
from virtwright.providers.docker.swarm.provider import SwarmProvider
from virtwright.schemas.host import Host

pytestmark = pytest.mark.root
SECOND = 1_000_000_000
CIDR = {"Config": [{"Subnet": "10.77.0.0/24"}]}


def _make(stage: SwarmStage, name: str, more: dict[str, Any], container: dict[str, Any], **template: Any) -> str:
    """``docker service create``; returns its id."""
    api = stage.api
    whole = {"Image": BUSYBOX, "Args": ["sleep", "1000"], "StopGracePeriod": 0, **container}
    spec = {"Name": name, "TaskTemplate": {"ContainerSpec": whole, **template}, **more}
    return str(api._result(api._post_json(api._url("/services/create"), data=spec), json=True)["ID"])


def _shop(stage: SwarmStage) -> str:
    api = stage.api
    network = api.create_network("back", driver="overlay", ipam=None)["Id"]
    secret = api.create_secret("db_password", b"theirs")["ID"]
    held = {
        "SecretID": secret,
        "SecretName": "db_password",
        "File": {"Name": "db", "UID": "0", "GID": "0", "Mode": 0o400},
    }
    container = {
        "Env": ["MODE=fast"], "Dir": "/tmp", "ReadOnly": True, "Secrets": [held],
        "Privileges": {"NoNewPrivileges": True}, "CapabilityAdd": ["CAP_NET_ADMIN"],
        "Healthcheck": {"Test": ["CMD", "true"], "Interval": 2 * SECOND, "Timeout": SECOND, "Retries": 2},
        "Mounts": [{"Type": "tmpfs", "Target": "/fast", "TmpfsOptions": {"SizeBytes": 1024**2, "Mode": 0o700}}],
    }  # fmt: skip
    more = {
        "Labels": {"team": "shop", "com.docker.stack.namespace": "old"},
        "Mode": {"Replicated": {"Replicas": 2}},
        "UpdateConfig": {"Parallelism": 2, "Order": "start-first", "Monitor": SECOND // 5},
        "EndpointSpec": {"Mode": "dnsrr"},
    }
    return _make(
        stage, "old-web", more, container,
        Networks=[{"Target": network, "Aliases": ["shop"]}], Resources={"Limits": {"MemoryBytes": 64 * 1024**2}},
        RestartPolicy={"Condition": "any", "Delay": SECOND // 10}, Placement={"Constraints": ["node.role==manager"]},
    )  # fmt: skip


def _items(stage: SwarmStage, **changes: Any) -> list[Item]:
    subnet = stage.api.inspect_network("back")["IPAM"]["Config"][0]["Subnet"]
    inputs = {
        "image": BUSYBOX,
        "command": ["sleep", "1000"],
        "environment": {"MODE": "fast"},
        "working_dir": "/tmp",
        "read_only": True,
        "capabilities": ["CAP_NET_ADMIN"],
        "healthcheck": {"command": ["true"], "interval": "2s", "timeout": "1s", "retries": 2},
        "labels": {"team": "shop"},
        "replicas": 2,
        "stop_timeout": "0s",
        "update": {"parallelism": 2, "monitor": "0.2s", "failure_action": "pause"},
        "rollback": {"order": "stop-first"},
        "networks": [{"network": "{back}", "aliases": ["shop"]}],
        "resources": {"memory": "64MiB"},
        "placement": {"constraints": ["node.role==manager"]},
        "docker": {
            "endpoint_mode": "dnsrr",
            "restart_delay": "0.1s",
            "tmpfs": [{"mount": "/fast", "size": "1MiB", "mode": "0700"}],
        },
        **changes,
    }
    return [Item("Network", "back", {"cidr": subnet}), Item("Service", "web", inputs, uses=("back",))]


@pytest.mark.slow
def test_a_service_is_taken_over_untouched_and_then_changed(stage: SwarmStage, tmp_path: Path) -> None:
    id = _shop(stage)
    until_runs(stage, "old-web", 2)
    tasks = {*stage.running("old-web")}
    provider = SwarmProvider.open("one", Host(uri=stage.uri))
    (found,) = provider.handlers["Service"].find(None)  # type: ignore[attr-defined]
    provider.close()
    plain = DockerProvider.open("one", Host(uri=stage.uri.replace("swarm+", "docker+")))
    assert list(plain.handlers["Container"].find(None)) == [], "copies are the swarm's"  # type: ignore[attr-defined]
    plain.close()
    printed = Operator.at(tmp_path).type("import", "--all", stage.uri, "--name", "old", "-o", "-")
    assert "services:\n  old-web:\n" in printed.out and "db_password at db" in printed.err
    assert (found.id, found.name, found.stamp, found.drift) == (id, "old-web", None, ())
    assert set(found.unsaid) == {
        "TaskTemplate.ContainerSpec.Secrets: db_password at db",
        "TaskTemplate.ContainerSpec.Privileges.NoNewPrivileges: True",
    }
    items = _items(stage)
    urns = {name: str(stage.program(items).urn(name)) for name in ("back", "web")}
    options = RunOptions(imports={urns["web"]: "old-web", urns["back"]: "back"})
    assert stage.apply(*items, options=options) == {"import": 2}
    stage.settled(*items)
    assert {*stage.running("old-web")} == tasks
    changed = _items(
        stage, environment={"MODE": "slow"}, files=[{"path": "/run/own", "content": "ours", "in_memory": True}]
    )
    stage.apply(*changed)
    stage.settled(*changed)
    spec = stage.service("old-web")["Spec"]
    container = spec["TaskTemplate"]["ContainerSpec"]
    assert stage.service("old-web")["ID"] == id and container["Env"] == ["MODE=slow"]
    assert container["Privileges"]["NoNewPrivileges"] is True
    assert container["Secrets"][-1]["SecretName"] == "db_password" and len(container["Secrets"]) == 2
    assert spec["Labels"]["virtwright.stack"] == "shop/shop"
    stage.destroy()
    assert stage.kept() == (["db_password"], []), "what was there before is not the stack's"


def test_jobs_and_services_of_stacks_are_not_taken(stage: SwarmStage) -> None:
    _make(stage, "once", {"Mode": {"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 1}}}, {"Args": ["true"]})
    mine = Item("Service", "mine", {"image": BUSYBOX, "command": ["sleep", "1000"], "replicas": 0})
    stage.apply(mine)
    for name, said in (("once", "there is no Service"), ("shop_mine", "belongs to a stack|in this stack already")):
        item = Item("Service", "other", {"image": BUSYBOX})
        urn = str(stage.program([item]).urn("other"))
        with pytest.raises(VirtwrightError, match=said):
            stage.apply(mine, item, options=RunOptions(imports={urn: name}))
