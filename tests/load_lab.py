"""Constant load on a service while it is updated: wrk, and the front and the application of ``examples/docker-shop``."""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests import debian_images
from tests.docker_lab import DockerLab

SHOP: Final = Path(__file__).parents[1] / "examples" / "docker-shop"
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
_CONNECTIONS: Final = 8
_PAUSE: Final = 125
"""Milliseconds."""
PROGRAMS: Final = {name: (SHOP / "app" / name).read_text() for name in ("app.py", "database.py")}
APP: Final[dict[str, Any]] = {
    "image": "python:load",
    "command": ["python3", "-u", "/opt/shop/app.py"],
    "files": [{"path": f"/opt/shop/{name}", "content": text} for name, text in PROGRAMS.items()],
    "networks": ["{back}"],
    "replicas": 4,
    "healthcheck": CHECK,
    "wait_for": {"healthy": True},
    "update": {"monitor": "1.2s"},
}
FRONT: Final[dict[str, Any]] = {
    "image": "nginx:load",
    "command": ["nginx", "-g", "daemon off;"],
    "files": [{"path": "/etc/nginx/nginx.conf", "content": (SHOP / "front" / "nginx.conf").read_text()}],
    "networks": ["{back}"],
    "stop_timeout": "0s",
}


def import_programs(lab: DockerLab) -> None:
    """The images of ``APP`` and ``FRONT``."""
    debian_images.import_python(lab, "python:load")
    debian_images.import_nginx(lab, "nginx:load")


def version_at(lab: DockerLab, url: str) -> str:
    """What the application says of itself there; nothing where it does not answer."""
    try:
        return lab.run("busybox", "wget", "-qO-", url)
    except subprocess.CalledProcessError:
        return ""


def serves_alone(lab: DockerLab, url: str, version: str) -> bool:
    """Whether several answers in a row are of this version. The front keeps the addresses of copies for a second or two."""
    return all(f'"version": "{version}"' in version_at(lab, url) for _ in range(8))


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
def load(lab: DockerLab, folder: Path, url: str) -> Iterator[Load]:
    """Some 60 requests a second, over kept connections, until the block is left. Each connection pauses before each request,
    so that the machine is loaded and not exhausted."""
    script = folder / "pause.lua"
    script.write_text(f"function delay() return {_PAUSE} end\n")
    words = ("wrk", "--threads", "2", "--connections", str(_CONNECTIONS), "--duration", "600s", "--timeout", "10s")
    process = lab.begin(*words, "--latency", "--script", str(script), url)
    told = Load()
    try:
        yield told
        assert process.poll() is None, "it went on for the whole time"
        process.send_signal(signal.SIGINT)
        told.said = process.communicate(timeout=120)[0]
    finally:
        process.kill()
        process.wait()
