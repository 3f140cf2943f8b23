"""Typing ``virtwright import``: one container into a stack, and a whole host into a new one. Nothing is started again."""

import pytest
from tests.docker_lab import DockerLab, docker_engine, docker_lab
from tests.e2e.operator_lab import Operator
from tests.integration.docker.foreign import create, host, started

__all__ = ["docker_engine", "docker_lab"]
pytestmark = pytest.mark.root

STACK = """\
# Ours.
stack: shop
hosts:
  box: {uri: "DOCKER"}   # the one below the desk
containers:
  # made by hand
  first: {image: "busybox:lab", command: [sleep, "1000"], stop_timeout: 0s, docker: {network_mode: none}}
"""


def _composed(lab: DockerLab) -> dict[str, str]:
    """As ``docker compose`` would have made it."""
    api = lab.api
    compose = {"com.docker.compose.project": "p"}
    api.create_network("p_default", labels=compose)
    api.create_volume("p_data", labels=compose)
    body = {
        "Env": ["POSTGRES_PASSWORD=hunter22", "MODE=fast"], "Labels": {**compose, "com.docker.compose.service": "db"},
        "HostConfig": {"NetworkMode": "p_default", "Binds": ["p_data:/data:rw"], "RestartPolicy": {"Name": "always"}},
        "NetworkingConfig": {"EndpointsConfig": {"p_default": {"Aliases": ["p-db-1", "db"]}}},
    }  # fmt: skip
    create(lab, "p-db-1", body)
    return started(lab)


def test_one_container_with_what_it_needs(operator: Operator, docker_lab: DockerLab) -> None:
    before = _composed(docker_lab)
    file = operator.write(STACK.replace("DOCKER", docker_lab.uri), "shop.yaml")
    first = operator.type("import", "--dry-run", "shop.yaml", "containers.db", "p-db-1")
    assert "${config.postgres_password}" in first.out
    assert "com.docker.compose" in first.err
    refused = operator.type("import", "shop.yaml", "containers.db", "p-db-2", "--yes", code=1)
    assert "did you mean p-db-1?" in refused.err
    assert "containers.web" in operator.type("import", "shop.yaml", "db", "p-db-1", "--yes", code=1).err
    assert "consent" in operator.type("import", "shop.yaml", "containers.db", "p-db-1", code=1).err
    assert file.read_text() == STACK.replace("DOCKER", docker_lab.uri)
    done = operator.type("import", "shop.yaml", "containers.db", "p-db-1", "--yes")
    assert "3 imported" in done.out
    assert "hunter22" not in done.all
    text = file.read_text()
    assert text.startswith(STACK.replace("DOCKER", docker_lab.uri)[: text.index("  first")])
    assert "# the one below the desk" in text
    assert "# made by hand" in text
    assert "hunter22" not in "".join(path.read_text() for path in operator.folder.iterdir())
    assert "1 to create" in operator.type("plan", "shop.yaml").out, "only the one that is to be made"
    assert started(docker_lab) == before
    again = operator.type("import", "shop.yaml", "containers.other", "p-db-1", "--yes", code=1)
    assert "in this stack already, as containers.db" in again.err


def test_a_whole_host(operator: Operator, docker_lab: DockerLab) -> None:
    before = _composed(docker_lab)
    create(docker_lab, "ended", host(), start=False)
    printed = operator.type("import", "--all", docker_lab.uri, "--name", "old", "-o", "-")
    assert "left out: container ended: state is created" in printed.err
    assert not list(operator.folder.iterdir())
    done = operator.type("import", "--all", docker_lab.uri, "--name", "old", "--yes")
    assert "3 imported" in done.out
    assert "No changes" in operator.type("plan", "old.yaml").out
    text = (operator.folder / "old.yaml").read_text()
    assert text.count("protect: true") == 1
    assert "hunter22" not in text
    assert started(docker_lab) == before
    assert "is there already" in operator.type("import", "--all", docker_lab.uri, "--name", "old", "--yes", code=1).err
    unknown = operator.type("import", "--all", "docker+unix:///nowhere.sock", "--yes", code=1)
    assert "nowhere.sock" in unknown.err
    assert "can't take over" in operator.type("import", "--all", "namespace:///", "--yes", code=1).err
    assert sorted(path.name for path in operator.folder.iterdir()) == ["old.old.yaml", "old.yaml"]
