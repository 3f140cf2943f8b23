"""What a stack left on a Docker host whose state is lost: shown, and removed where it is named."""

import json
import re
from pathlib import Path

import pytest
from tests.docker_lab import BUSYBOX, DockerLab

from virtwright.cli.command_line import run
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.helpers import make_helper
from virtwright.schemas.host import Host

pytestmark = pytest.mark.root


def test_leftovers_are_removed_by_name_and_nothing_else(
    docker_lab: DockerLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = {"path": "/run/token", "content": "s3cret", "in_memory": True}
    web = {
        "image": BUSYBOX,
        "command": ["sleep", "1000"],
        "stop_timeout": "0s",
        "networks": ["back"],
        "volumes": ["data:/d"],
    }
    stack = {
        "stack": "lost",
        "hosts": {"one": {"uri": docker_lab.uri}},
        "networks": {"back": {}},
        "volumes": {"data": {}},
        "containers": {"web": {**web, "files": [secret]}},
        "services": {"many": {**web, "volumes": [], "replicas": 2}},
    }
    (tmp_path / "stack.yaml").write_text(json.dumps(stack))

    def say(home: str, *words: str) -> tuple[int, str]:
        monkeypatch.setenv("VIRTWRIGHT_HOME", str(tmp_path / home))
        capfd.readouterr()
        code = run(words)
        told = capfd.readouterr()
        return code, told.out + told.err

    assert say("known", "apply", "--yes", str(tmp_path / "stack.yaml"))[0] == 0
    api = docker_lab.api
    api.create_volume("somebodys")
    api.create_network("somebodys")
    connection = DockerConnection("one", Host(uri=docker_lab.uri))
    make_helper(connection, "lost/lost", "other", BUSYBOX, {})  # as a create that was killed leaves it
    connection.close()
    assert "Nothing" in say("known", "host", "gc", docker_lab.uri)[1], "its own state knows them"
    labels = api.inspect_container("lost_many_1")["Config"]["Labels"]
    copied = api.create_container(BUSYBOX, ["true"], name="somebodys", labels=labels)["Id"]
    [told] = json.loads(say("known", "host", "gc", docker_lab.uri, "--json")[1])
    assert (told["id"], told["whose"]) == (copied, "nobody's, its stamp was copied")
    api.remove_container(copied)
    code, told = say("empty", "host", "gc", docker_lab.uri, "--json")
    found = {(each["stack"], each["resource"]) for each in json.loads(told)}
    assert found == {
        ("lost/lost", name)
        for name in (
            "networks.back",
            "volumes.data",
            "containers.web",
            "services.many (lost_many_1)",
            "services.many (lost_many_2)",
            "helper other.virtwright-helper",
        )
    }
    code, told = say("empty", "host", "gc", docker_lab.uri, "--remove", "lost/lost", "--yes")
    assert code == 1 and "--allow-data-loss" in told
    assert len(api.containers(all=True)) == 4, "nothing is removed unless all of it may be"
    code, told = say(
        "empty", "host", "gc", docker_lab.uri, "--remove", "lost/lost", "--yes", "--allow-data-loss", "data"
    )
    assert code == 0, told
    assert api.containers(all=True) == []
    assert [each["Name"] for each in api.volumes()["Volumes"]] == ["somebodys"]
    assert {each["Name"] for each in api.networks()} == {"bridge", "host", "none", "somebodys"}
    assert "Nothing" in say("empty", "host", "gc", docker_lab.uri)[1]
    code, told = say("empty", "host", "check", docker_lab.uri)  # without any stack
    assert (code, told.count(docker_lab.uri)) == (1, 1) and "✓ engine" in told
    assert re.findall("✗.*", told) == ["✗ warning         daemon is not using the default seccomp profile"], (
        "as the lab's is"
    )
