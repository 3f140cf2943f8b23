"""A service in four copies behind a front, under load for the whole time of an update: not one request is lost.

The front and the application are those of ``examples/docker-shop``."""

import re
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from tests import debian_images
from tests.docker_lab import DockerLab
from tests.integration.docker.test_services import BACK, Stage
from tests.programs import Item
from tests.states import keys_in
from tests.waiting import until

from virtwright.engine.state.store import StateStore
from virtwright.errors import HostError

pytestmark = [pytest.mark.root, pytest.mark.slow]
SHOP: Final = Path(__file__).parents[3] / "examples" / "docker-shop"
URL: Final = "http://127.0.0.1:8088/version"
PAUSE: Final = "function delay() return 40 end\n"
"""For wrk: milliseconds before each request of a connection, so that the machine is loaded and not exhausted."""
CHECK: Final = {"http": "8000/health", "interval": "5s", "start_period": "60s", "start_interval": "0.5s"}
SOON: Final = {"http": "8000/health", "interval": "0.5s", "retries": 3}
BROKEN: Final = """\
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(503)
    def log_message(self, *_):
        pass
HTTPServer(("", 8000), Handler).serve_forever()
"""
PROGRAMS: Final = {name: (SHOP / "app" / name).read_text() for name in ("app.py", "database.py")}


def shop(version: str = "1", **changes: Any) -> Sequence[Item]:
    app = {
        "image": "python:load",
        "command": ["python3", "-u", "/opt/shop/app.py"],
        "environment": {"VERSION": version},
        "files": [{"path": f"/opt/shop/{name}", "content": text} for name, text in PROGRAMS.items()],
        "networks": ["{back}"],
        "replicas": 4,
        "healthcheck": CHECK,
        "wait_for": {"healthy": True},
        "update": {"monitor": "1.2s"},
        **changes,
    }
    front = {
        "image": "nginx:load",
        "command": ["nginx", "-g", "daemon off;"],
        "files": [{"path": "/etc/nginx/nginx.conf", "content": (SHOP / "front" / "nginx.conf").read_text()}],
        "networks": ["{back}"],
        "ports": ["8088:80"],
        "wait_for": {"tcp": 80},
        "stop_timeout": "0s",
    }
    return (
        BACK,
        Item("Service", "app", app, uses=("back",)),
        Item("Container", "front", front, uses=("back",), after=("app",)),
    )


@pytest.fixture
def stage(docker_lab: DockerLab, tmp_path: Path) -> Iterator[Stage]:
    debian_images.import_python(docker_lab, "python:load")
    debian_images.import_nginx(docker_lab, "nginx:load")
    with StateStore.open(None, keys_in(tmp_path)) as store:
        yield Stage(docker_lab, store)


@dataclass
class Load:
    """What wrk told when it was stopped."""

    said: str = ""

    @property
    def requests(self) -> int:
        found = re.search(r"(\d+) requests in", self.said)
        assert found, self.said
        return int(found[1])

    @property
    def failures(self) -> list[str]:
        return [line.strip() for line in self.said.splitlines() if "Socket errors" in line or "Non-2xx" in line]


@contextmanager
def load(stage: Stage, folder: Path) -> Iterator[Load]:
    """Requests without a pause, over kept connections, until the block is left."""
    script = folder / "pause.lua"
    script.write_text(PAUSE)
    words = ("wrk", "--threads", "2", "--connections", "8", "--duration", "600s", "--timeout", "10s")
    process = stage.lab.begin(*words, "--latency", "--script", str(script), URL)
    told = Load()
    try:
        yield told
        assert process.poll() is None, "it went on for the whole time"
        process.send_signal(signal.SIGINT)
        told.said = process.communicate(timeout=120)[0]
    finally:
        process.kill()
        process.wait()


def _version(stage: Stage) -> str:
    try:
        return stage.lab.run("busybox", "wget", "-qO-", URL)
    except subprocess.CalledProcessError:
        return ""


def test_updates_lose_no_request(stage: Stage, tmp_path: Path) -> None:
    stage.apply(shop())
    until("the front answers", lambda: '"version": "1"' in _version(stage))
    old = stage.copies()
    with load(stage, tmp_path) as told:
        stage.apply(shop("2"))
    assert told.failures == []
    assert told.requests > 500
    assert '"version": "2"' in _version(stage)
    current = stage.copies()
    assert len(current) == 4 and not {*old.values()} & {*current.values()}

    with load(stage, tmp_path) as told, pytest.raises(HostError, match="the update was rolled back"):
        stage.apply(shop("3", command=["python3", "-c", BROKEN], healthcheck=SOON))
    assert told.failures == []
    assert told.requests > 200
    assert '"version": "2"' in _version(stage)
    assert stage.copies() == current
    stage.settled(shop("2"))
