"""``logs -f`` of a service on Docker hosts goes on through an update, and ends with the service."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.docker_lab import BUSYBOX, DockerLab
from tests.waiting import PATIENCE, until

from virtwright.cli.command_line import run

pytestmark = pytest.mark.root
VIRTWRIGHT = str(Path(sys.executable).parent / "virtwright")


def write_stack(lab: DockerLab, word: str, **more: Any) -> None:
    web = {"image": BUSYBOX, "command": ["sh", "-c", f"echo {word} $HOSTNAME; exec sleep 1000"], "stop_timeout": "0s"}
    services = {"web": {**web, "update": {"order": "stop-first", "monitor": "0s"}, **more}}
    Path("stack.yaml").write_text(
        json.dumps({"stack": "shop", "hosts": {"one": {"uri": lab.uri}}, "services": services})
    )


def test_copies_that_are_made_later_are_followed_too(
    docker_lab: DockerLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    write_stack(docker_lab, "old")
    assert run(["apply", "--yes"]) == 0
    lines: list[str] = []
    words = [VIRTWRIGHT, "logs", "-f", "web"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as follower:
        assert follower.stdout is not None
        reader = threading.Thread(target=lines.extend, args=(iter(follower.stdout.readline, ""),))
        reader.start()
        try:
            until("the old copy is heard", lambda: said(lines, "old"))
            write_stack(docker_lab, "new", replicas=2)
            assert run(["apply", "--yes"]) == 0
            until("both new copies are heard", lambda: len(said(lines, "new")) == 2)
            assert run(["destroy", "--yes"]) == 0
            assert follower.wait(PATIENCE) == 0, "it ends when there is nothing left to follow"
        finally:
            follower.kill()
            reader.join(PATIENCE)
    assert [line.partition(" | ")[0].strip() for line in said(lines, "old")] == ["services.web[1] on one"]
    assert sorted(line.partition(" | ")[0].strip() for line in said(lines, "new")) == [
        "services.web[1] on one",
        "services.web[2] on one",
    ]
    assert len(lines) == 3, "each line is printed once"


def said(lines: list[str], word: str) -> list[str]:
    return [line for line in lines if f"| {word} " in line]
