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
    assert "its host box was declared lost; its data is gone with it" in planned.out
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
    assert operator.type("host", "gc", returned.uri).err == "", "its engine has another id than the one in the state"
    words = ("host", "gc", returned.uri, "--remove", "shop/shop", "--yes")
    assert "the data of volumes.data would be lost" in operator.type(*words, code=1).err
    operator.type(*words, *ALLOWED)
    assert names(returned) == [] and not returned.api.volumes()["Volumes"]


SPREAD = f"""\
stack: spread
hosts: {{east: {{uri: "EAST"}}, west: {{uri: "WEST"}}}}
services:
  web:
    image: {BUSYBOX}
    command: [sleep, "1000"]
    stop_timeout: 0s
    host: east
    replicas: 2
    placement: {{hosts: [east, west]}}
"""


def test_a_copy_on_a_host_that_returns_is_shown_and_removed_by_its_name(
    operator: Operator, docker_lab: DockerLab, doomed: DockerLab
) -> None:
    """The copies of a service bear one operation, and one name for all of them."""
    both = SPREAD.replace("EAST", docker_lab.uri).replace("WEST", doomed.uri)
    operator.write(both)
    operator.type("apply", "--yes")
    assert names(docker_lab) == ["/spread_web_1"] and names(doomed) == ["/spread_web_2"]
    for lab in (docker_lab, doomed):
        assert "Nothing" in operator.type("host", "gc", lab.uri).out, "each copy is one of the service's"
    doomed.kill()
    alone = both.replace(f', west: {{uri: "{doomed.uri}"}}', "").replace("[east, west]", "[east]")
    operator.write(alone)
    operator.type("apply", "--yes", "--lost", "west")
    assert names(docker_lab) == ["/spread_web_1", "/spread_web_2"]
    doomed.start()
    [left] = json.loads(operator.type("host", "gc", doomed.uri, "--json").out)
    assert left["resource"] == "services.web (spread_web_2)" and left["whose"] == "this state's, in no record"
    assert left["id"] == doomed.api.inspect_container("spread_web_2")["Id"]
    listed = json.loads(operator.type("host", "list", doomed.uri, "--json").out)
    assert left["id"] in {each["id"] for each in listed}
    assert operator.type("host", "gc", doomed.uri).err == "", "the engine's id proves that it is no other host"
    operator.type("host", "gc", doomed.uri, "--stop", "spread_web_2", "--yes")
    stopped = doomed.api.inspect_container("spread_web_2")
    assert (stopped["State"]["Running"], stopped["HostConfig"]["RestartPolicy"]["Name"]) == (False, "no")
    operator.type("host", "gc", doomed.uri, "--remove", "spread_web_2", "--yes")
    assert names(doomed) == [] and names(docker_lab) == ["/spread_web_1", "/spread_web_2"]
    assert "No changes" in operator.type("plan").out
    operator.type("destroy", "--yes")
    assert names(docker_lab) == []
