"""A swarm of two real hosts: deployed, scaled, updated, rolled back, a secret rotated, a node lost."""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.host_lab import HostLab, LabHost
from tests.programs import Item
from tests.sandbox_lab import make_busybox_root
from tests.states import keys_in
from tests.swarm_lab import SwarmStage
from tests.waiting import until

from virtwright.engine.state.store import StateStore
from virtwright.errors import HostError
from virtwright.process import run
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.provider import DockerProvider
from virtwright.providers.docker.swarm.operations import ServiceOperations
from virtwright.providers.docker.swarm.provider import SwarmProvider
from virtwright.schemas.host import Host, SshSettings

pytestmark = [pytest.mark.root, pytest.mark.slow]
SERVE = "hostname > /tmp/index.html; exec httpd -f -p 80 -h /tmp"
BACK = Item("Network", "back", {"cidr": "10.40.0.0/24"})


def web(**changes: Any) -> tuple[Item, Item]:
    inputs = {
        "image": "busybox:lab",
        "command": ["httpd", "-f", "-p", "80", "-h", "/etc"],
        "networks": ["{back}"],
        "replicas": 2,
        "update": {"monitor": "2s", "parallelism": 2},
        "stop_timeout": "0s",
        "files": [{"path": "/run/secrets/word", "content": "one", "in_memory": True}],
        "docker": {"restart_delay": "0.1s"},
        **changes,
    }
    return BACK, Item("Service", "web", inputs, uses=("back",))


Nodes = tuple[LabHost, LabHost]


@pytest.fixture(scope="module")
def nodes(host_lab: HostLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Manager and worker, with the image ``busybox:lab`` on both."""
    manager, worker = host_lab.hosts
    busybox = tmp_path_factory.mktemp("image") / "busybox"
    make_busybox_root(busybox)
    shared = manager.root / "srv/shared/busybox.tar"
    run(["tar", "--create", "--file", str(shared), "--directory", str(busybox), "."])
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


def test_a_worker_is_told_from_a_manager(nodes: Nodes) -> None:
    provider = SwarmProvider.open("one", Host(uri=f"swarm+unix://{nodes[1].docker_socket}"))
    with pytest.raises(HostError, match="is a worker of its swarm") as error:
        list(provider.handlers["Service"].observe("shop/shop"))
    assert f"swarm+ssh://USER@{nodes[0].address}" in (error.value.hint or "")
    provider.close()


def test_a_service_spreads_over_both_and_is_reached_across(nodes: Nodes) -> None:
    """Without virtwright: the lab's own networks let a swarm work."""
    manager = nodes[0]
    manager.sh("docker network create --driver overlay --attachable between")
    manager.run(
        ["docker", "service", "create", "--name", "web", "--network", "between", "--replicas", "2", "--quiet",
         "--detach", "--no-resolve-image", "--endpoint-mode", "dnsrr", "--replicas-max-per-node", "1", "busybox:lab", "sh", "-c", SERVE],
    )  # fmt: skip
    names = {until(f"a copy runs on {host.name}", partial(_hostname, host)) for host in nodes}
    assert len(names) == 2
    for host in nodes:
        until(f"each is reached from {host.name}", lambda host=host: _reached(host) == names)  # type: ignore[misc]
    manager.sh("docker service rm web")
    until("the network goes", lambda: manager.run(["docker", "network", "rm", "between"], check=False).status == 0)


def _reached(host: LabHost) -> set[str]:
    """The copies that answer to their common name, which one node tells the other within moments; one of them for each request."""
    fetch = "for turn in 1 2 3 4 5 6 7 8; do wget -q -T 5 -O - http://web/; done"
    answers = host.run(["docker", "run", "--rm", "--network", "between", "busybox:lab", "sh", "-c", fetch]).stdout
    return set(answers.split())


def _hostname(host: LabHost) -> str | None:
    """Of the container of the service that runs on the host, by its own word."""
    for id in host.sh("docker ps --quiet --filter label=com.docker.swarm.service.name=web").split():
        answer = host.run(["docker", "exec", id, "hostname"], check=False)
        if answer.status == 0:
            return answer.stdout.strip()
    return None


def test_the_life_of_a_service_on_two_nodes(host_lab: HostLab, nodes: Nodes, tmp_path: Path) -> None:
    """Deployed, scaled, updated with another secret, rolled back, a node lost, destroyed."""
    manager, worker = nodes
    connection = DockerConnection("lab", Host(uri=f"docker+unix://{manager.docker_socket}"))
    with StateStore.open(None, keys_in(tmp_path)) as store:
        stage = SwarmStage(connection.client, f"swarm+unix://{manager.docker_socket}", store)
        stage.apply(*web())
        assert len({*stage.running().values()}) == 2, "one copy on each node"
        stage.apply(*web(replicas=4))
        assert len(stage.running()) == 4
        (secret,) = stage.kept()[0]
        word = [{"path": "/run/secrets/word", "content": "two", "in_memory": True}]
        good = web(replicas=4, environment={"VERSION": "2"}, files=word)
        stage.apply(*good)
        (rotated,) = stage.kept()[0]
        assert rotated != secret
        before = stage.container_spec()["Args"]
        with pytest.raises(HostError, match="the swarm rolled back"):
            stage.apply(*web(replicas=4, environment={"VERSION": "2"}, files=word, command=["sh", "-c", "exit 3"]))
        assert stage.container_spec()["Args"] == before and stage.kept()[0] == [rotated]
        stage.settled(*good)
        _commands_reach_both(stage, nodes)
        lost = next(each["ID"] for each in stage.api.nodes() if each["Spec"]["Role"] == "worker")
        host_lab.kill_daemon(worker, "dockerd")
        until("the copies move", lambda: [*stage.running().values()].count(lost) == 0 and len(stage.running()) == 4)
        stage.settled(*good)
        with closing(_over_ssh(manager)) as provider:
            facts = provider.facts()
        assert any("host-1 is down" in fact.value and not fact.ok for fact in facts)
        assert any(fact.value == "1 managers, 1 workers" for fact in facts)
        stage.destroy()
        assert stage.kept() == ([], [])
    connection.close()


def _commands_reach_both(stage: SwarmStage, nodes: Nodes) -> None:
    """A copy on another node needs that node to be a host of the stack."""
    manager, worker = nodes
    with closing(_over_ssh(manager)) as provider, closing(DockerProvider.open("two", _host("docker", worker))) as other:
        operations = provider.operations("Service")
        assert isinstance(operations, ServiceOperations)
        there = next(each.id for each in operations.copies(stage.service()["ID"]) if each.host == "host-1")
        with pytest.raises(HostError, match="no copy of the service runs on this manager: they run on host-1"):
            operations.execute(there, ["true"], interactive=False, tty=False)
        provider.meet(lambda: {"one": provider, "two": other})
        assert operations.execute(there, ["sh", "-c", "exit 7"], interactive=False, tty=False) == 7


def _over_ssh(host: LabHost) -> SwarmProvider:
    return SwarmProvider.open("one", _host("swarm", host))


def _host(scheme: str, host: LabHost) -> Host:
    ssh = SshSettings(identity_file=str(host.ssh_key), known_hosts=str(host.known_hosts))
    return Host(uri=f"{scheme}+ssh://root@{host.address}", ssh=ssh)
