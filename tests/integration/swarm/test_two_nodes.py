"""A swarm of two real hosts: deployed, scaled, updated, rolled back, a secret rotated, a node lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.docker_lab import until
from tests.host_lab import HostLab, LabHost
from tests.programs import Item
from tests.sandbox_lab import make_busybox_root
from tests.states import keys_in
from tests.swarm_lab import SwarmStage

from virtwright.engine.state.store import StateStore
from virtwright.errors import HostError
from virtwright.process import run
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.swarm.provider import SwarmProvider
from virtwright.schemas.host import Host, SshSettings

pytestmark = pytest.mark.root
BACK = Item("Network", "back", {"cidr": "10.40.0.0/24"})


def web(**changes: Any) -> tuple[Item, Item]:
    inputs = {
        "image": "busybox:lab",
        "command": ["httpd", "-f", "-p", "80", "-h", "/etc"],
        "networks": ["{back}"],
        "replicas": 2,
        "update": {"monitor": "2s"},
        "stop_timeout": "0s",
        "files": [{"path": "/run/secrets/word", "content": "one", "in_memory": True}],
        "docker": {"restart_delay": "0.1s"},
        **changes,
    }
    return BACK, Item("Service", "web", inputs, uses=("back",))


@pytest.fixture
def swarm(host_lab: HostLab, tmp_path: Path) -> Iterator[tuple[LabHost, LabHost]]:
    """Manager and worker, with the image ``busybox:lab`` on both."""
    manager, worker = host_lab.hosts
    make_busybox_root(tmp_path / "busybox")
    shared = manager.root / "srv/shared/busybox.tar"
    run(["tar", "--create", "--file", str(shared), "--directory", str(tmp_path / "busybox"), "."])
    for host in (manager, worker):
        host.run(["docker", "import", "/srv/shared/busybox.tar", "busybox:lab"])
    quick = ["--dispatcher-heartbeat", "1s"]  # a node that is silent for three times as long is lost
    manager.run(["docker", "swarm", "init", "--advertise-addr", manager.address, *quick])
    token = manager.sh("docker swarm join-token --quiet worker").strip()
    worker.run(["docker", "swarm", "join", "--token", token, f"{manager.address}:2377"])
    yield manager, worker
    host_lab.start_daemons(worker)
    for host in (worker, manager):
        host.run(["docker", "swarm", "leave", "--force"])
        host.sh("docker ps --all --quiet | xargs --no-run-if-empty docker rm --force; docker image rm busybox:lab")
    shared.unlink()


@pytest.mark.long
def test_the_life_of_a_service_on_two_nodes(host_lab: HostLab, swarm: tuple[LabHost, LabHost], tmp_path: Path) -> None:
    manager, worker = swarm
    connection = DockerConnection("lab", Host(uri=f"docker+unix://{manager.docker_socket}"))
    with StateStore.open(None, keys_in(tmp_path)) as store:
        stage = SwarmStage(connection.client, f"swarm+unix://{manager.docker_socket}", store)
        stage.apply(*web())
        assert len({*stage.running().values()}) == 2, "one copy on each node"
        stage.apply(*web(replicas=4))
        assert len(stage.running()) == 4
        stage.apply(*web(replicas=4, environment={"VERSION": "2"}))
        before, (secret,) = stage.container_spec()["Args"], stage.kept()[0]
        with pytest.raises(HostError, match="the swarm rolled back"):
            stage.apply(*web(replicas=4, environment={"VERSION": "2"}, command=["sh", "-c", "exit 3"]))
        assert stage.container_spec()["Args"] == before
        good = web(
            replicas=4,
            environment={"VERSION": "2"},
            files=[{"path": "/run/secrets/word", "content": "two", "in_memory": True}],
        )
        stage.apply(*good)
        (rotated,) = stage.kept()[0]
        assert rotated != secret
        stage.settled(*good)
        lost = next(each["ID"] for each in stage.api.nodes() if each["Spec"]["Role"] == "worker")
        host_lab.kill_daemon(worker, "dockerd")
        until("the copies move", lambda: [*stage.running().values()].count(lost) == 0 and len(stage.running()) == 4, 60)
        stage.settled(*good)
        facts = _over_ssh(manager).facts()
        assert any("host-1 is down" in fact.value and not fact.ok for fact in facts)
        assert any(fact.value == "1 managers, 1 workers" for fact in facts)
        stage.destroy()
        assert stage.kept() == ([], [])
    connection.close()


def test_a_worker_is_told_from_a_manager(swarm: tuple[LabHost, LabHost]) -> None:
    provider = SwarmProvider.open("one", Host(uri=f"swarm+unix://{swarm[1].docker_socket}"))
    with pytest.raises(HostError, match="is a worker of its swarm") as error:
        list(provider.handlers["Service"].observe("shop/shop"))
    assert f"swarm+ssh://USER@{swarm[0].address}" in (error.value.hint or "")
    provider.close()


def _over_ssh(host: LabHost) -> SwarmProvider:
    ssh = SshSettings(identity_file=str(host.ssh_key), known_hosts=str(host.known_hosts))
    return SwarmProvider.open("one", Host(uri=f"swarm+ssh://root@{host.address}", ssh=ssh))
