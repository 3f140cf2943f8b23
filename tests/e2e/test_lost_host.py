"""A host is lost for good: its environment is made anew on another one, and what is left when it comes back is cleared."""

import json
from collections.abc import Iterator

import pytest
from tests.docker_lab import BUSYBOX, DockerLab, docker_engine, docker_lab
from tests.e2e.operator_lab import Operator

__all__ = ["docker_engine", "docker_lab"]
pytestmark = [pytest.mark.root, pytest.mark.slow]

STACK = f"""\
stack: shop
hosts: {{box: {{uri: "DOCKER"}}}}
networks: {{back: {{}}}}
volumes: {{data: {{}}}}
containers:
  db:
    image: {BUSYBOX}
    command: [sleep, "1000"]
    stop_timeout: 0s
    networks: [back]
    volumes: [{{volume: data, mount: /data}}]
"""
ALLOWED = ("--allow-data-loss", "volumes.data")


@pytest.fixture
def doomed() -> Iterator[DockerLab]:
    with DockerLab() as lab:
        yield lab


def names(lab: DockerLab) -> list[str]:
    return sorted(name for each in lab.api.containers(all=True) for name in each["Names"])


def test_an_environment_is_rebuilt_elsewhere(operator: Operator, docker_lab: DockerLab, doomed: DockerLab) -> None:
    operator.write(STACK.replace("DOCKER", doomed.uri))
    operator.type("apply", "--yes")
    doomed.kill()
    assert "can't be reached" in operator.type("plan", code=1).err
    operator.write(STACK.replace("DOCKER", docker_lab.uri))
    assert "can't be reached" in operator.type("plan", code=1).err, "what was there may still be there"
    refused = operator.type("apply", "--yes", "--lost", "box", code=1)
    assert "volumes.data" in refused.err and names(docker_lab) == []
    planned = operator.type("plan", "--lost", "box", *ALLOWED)
    assert "its host box is lost; its data is gone with it" in planned.out
    assert f"virtwright host gc {doomed.uri}" in planned.err
    operator.type("apply", "--yes", "--lost", "box", *ALLOWED)
    assert names(docker_lab) == ["/shop_db"]
    assert "No changes" in operator.type("plan").out, "nobody asks for the lost one any more"
    doomed.start()
    _clear(operator, doomed)
    assert names(docker_lab) == ["/shop_db"]
    assert "No changes" in operator.type("plan").out


def _clear(operator: Operator, returned: DockerLab) -> None:
    """What the host still has bears the stamp of a stack that is elsewhere now."""
    found = operator.type("host", "gc", returned.uri, "--json")
    assert {each["resource"] for each in json.loads(found.out)} == {"networks.back", "volumes.data", "containers.db"}
    assert "The state has shop/shop at" in operator.type("host", "gc", returned.uri).err
    words = ("host", "gc", returned.uri, "--remove", "shop/shop", "--yes")
    assert "the data of volumes.data would be lost" in operator.type(*words, code=1).err
    operator.type(*words, *ALLOWED)
    assert names(returned) == [] and not returned.api.volumes()["Volumes"]
