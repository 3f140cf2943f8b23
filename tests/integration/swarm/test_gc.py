"""What a create that was killed leaves in a swarm, where its state is lost too: ``host gc`` shows it and removes it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docker_lab import BUSYBOX
from tests.swarm_lab import SwarmStage
from tests.waiting import PATIENCE

from virtwright.cli.command_line import run

pytestmark = pytest.mark.root
VIRTWRIGHT = str(Path(sys.executable).parent / "virtwright")


def test_files_of_a_service_that_was_never_made(
    stage: SwarmStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    files = [
        {"path": "/run/token", "content": "s3cret", "in_memory": True},
        {"path": "/etc/shop.conf", "content": "a=1\n"},
    ]
    stack = {
        "stack": "lost",
        "hosts": {"one": {"uri": stage.uri}},
        "services": {"web": {"image": BUSYBOX, "command": ["sleep", "1000"], "files": files}},
    }
    (tmp_path / "stack.yaml").write_text(json.dumps(stack))
    stage.api.create_secret("somebodys", b"theirs")
    environment = {
        **os.environ,
        "VIRTWRIGHT_HOME": str(tmp_path / "lost"),
        "VIRTWRIGHT_FAILPOINT": "docker.swarm:2=kill",
    }
    words = [VIRTWRIGHT, "apply", "--yes", str(tmp_path / "stack.yaml")]
    assert subprocess.run(words, env=environment, capture_output=True, timeout=PATIENCE, check=False).returncode < 0
    assert stage.api.services() == [] and len(stage.api.secrets()) == 2

    def say(*words: str) -> str:
        monkeypatch.setenv("VIRTWRIGHT_HOME", str(tmp_path / "empty"))
        capfd.readouterr()
        assert run(["host", "gc", stage.uri, *words]) == 0
        return capfd.readouterr().out

    found = {(each["stack"], each["kind"], each["resource"].partition("-")[0]) for each in json.loads(say("--json"))}
    assert found == {("lost/lost", "Service", "secret lost_web"), ("lost/lost", "Service", "config lost_web")}
    say("--remove", "lost/lost", "--yes")
    assert [each["Spec"]["Name"] for each in stage.api.secrets()] == ["somebodys"]
    assert stage.api.configs() == [] and "Nothing" in say()
