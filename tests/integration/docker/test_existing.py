"""Networks and volumes that somebody else made are used and outlive the stack; converted from a Compose file too."""

import json
from pathlib import Path

import pytest
from tests.docker_lab import BUSYBOX, DockerLab

from virtwright.cli.command_line import run

pytestmark = pytest.mark.root
COMPOSE = f"""
services:
  web:
    image: {BUSYBOX}
    command: [sleep, "1000"]
    stop_grace_period: 0s
    networks: [corp]
    volumes: ["kept:/data"]
networks:
  corp: {{external: true, name: corp-lan}}
volumes:
  kept: {{external: true}}
"""


def test_an_external_network_and_volume_are_used_and_kept(
    docker_lab: DockerLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VIRTWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("compose.yaml").write_text(COMPOSE)
    api = docker_lab.api

    def say(*words: str) -> tuple[int, str]:
        capfd.readouterr()
        code = run(words)
        told = capfd.readouterr()
        return code, told.out + told.err

    code, told = say("convert", "--strict", "--host", docker_lab.uri, "--output", "stack.yaml")
    assert code == 0, told
    text = Path("stack.yaml").read_text()
    Path("stack.yaml").write_text(text.replace("existing: corp-lan", "existing: corp-lan\n    host: main"))
    assert "host: main" in Path("stack.yaml").read_text(), "which host it is on may be said"
    code, told = say("apply", "stack.yaml", "--yes")
    assert code == 1 and "there is no Network 'corp-lan' on the host" in told and "there is no Volume 'kept'" in told
    assert api.containers(all=True) == [], "nothing is made before all of it is there"
    lan = api.create_network("corp-lan", labels={"of": "somebody"})["Id"]
    api.create_volume("kept", labels={"of": "somebody"})
    code, told = say("apply", "stack.yaml", "--yes")
    assert code == 0, told
    (web,) = api.containers()
    found = api.inspect_container(web["Id"])
    assert [*found["NetworkSettings"]["Networks"]] == ["corp-lan"] and found["Mounts"][0]["Name"] == "kept"
    assert say("plan", "stack.yaml", "--exit-code")[0] == 0
    assert [row["kind"] for row in json.loads(say("status", "--json")[1])] == ["Container"]
    assert say("host", "gc", docker_lab.uri)[1].startswith("Nothing")
    code, told = say("destroy", "stack.yaml", "--yes")
    assert code == 0, told
    assert api.containers(all=True) == []
    assert api.inspect_network(lan)["Labels"] == api.inspect_volume("kept")["Labels"] == {"of": "somebody"}
