"""A Docker Swarm of the lab's two hosts: a service spreads over both, and its network joins them."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.host_lab import HostLab, LabHost
from tests.sandbox_lab import make_busybox_root

from virtwright.process import run

pytestmark = pytest.mark.root
SERVE = "hostname > /tmp/index.html; exec httpd -f -p 80 -h /tmp"


@pytest.fixture
def swarm(host_lab: HostLab, tmp_path: Path) -> Iterator[tuple[LabHost, LabHost]]:
    """Manager and worker, with the image ``busybox:lab`` on both."""
    manager, worker = host_lab.hosts
    make_busybox_root(tmp_path / "busybox")
    shared = manager.root / "srv/shared/busybox.tar"
    run(["tar", "--create", "--file", str(shared), "--directory", str(tmp_path / "busybox"), "."])
    for host in (manager, worker):
        host.run(["docker", "import", "/srv/shared/busybox.tar", "busybox:lab"])
    manager.run(["docker", "swarm", "init", "--advertise-addr", manager.address])
    token = manager.sh("docker swarm join-token --quiet worker").strip()
    worker.run(["docker", "swarm", "join", "--token", token, f"{manager.address}:2377"])
    yield manager, worker
    for host in (worker, manager):
        host.run(["docker", "swarm", "leave", "--force"])
        host.sh("docker ps --all --quiet | xargs --no-run-if-empty docker rm --force; docker image rm busybox:lab")
    shared.unlink()


def test_a_service_spreads_over_both_and_is_reached_across(swarm: tuple[LabHost, LabHost]) -> None:
    manager = swarm[0]
    assert manager.sh("docker node ls --format '{{.Hostname}} {{.Status}}'").split() == [
        "host-0", "Ready", "host-1", "Ready",
    ]  # fmt: skip
    manager.sh("docker network create --driver overlay --attachable between")
    manager.run(
        ["docker", "service", "create", "--name", "web", "--network", "between", "--replicas", "2", "--quiet",
         "--detach", "--no-resolve-image", "--endpoint-mode", "dnsrr", "--replicas-max-per-node", "1", "busybox:lab", "sh", "-c", SERVE],
    )  # fmt: skip
    names = {_task(host) for host in swarm}
    assert len(names) == 2
    for host in swarm:
        fetch = "for turn in 1 2 3 4 5 6 7 8; do wget -q -T 5 -O - http://web/; done"
        answers = host.run(["docker", "run", "--rm", "--network", "between", "busybox:lab", "sh", "-c", fetch]).stdout
        assert set(answers.split()) == names  # each was reached from each host


def _task(host: LabHost, patience: float = 30.0) -> str:
    """The container of the service that runs on the host, by its own name."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        for id in host.sh("docker ps --quiet --filter label=com.docker.swarm.service.name=web").split():
            answer = host.run(["docker", "exec", id, "hostname"], check=False)
            if answer.status == 0:
                return answer.stdout.strip()
        time.sleep(0.1)
    pytest.fail(f"no task on {host.name}: {host.sh('docker info; docker service ps web --no-trunc', check=False)}")
