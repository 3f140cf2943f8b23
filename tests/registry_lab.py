"""A real registry for tests, with a password, inside the network of a Docker lab: on its loopback, where Docker allows HTTP."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.docker_lab import DockerLab
from tests.waiting import until

USER = "shop"
PASSWORD = "k3y-of-the-registry%$ü"


@dataclass(frozen=True)
class RegistryLab:
    """One registry."""

    lab: DockerLab
    port: int
    folder: Path

    @property
    def address(self) -> str:
        return f"localhost:{self.port}"

    @property
    def login(self) -> dict[str, dict[str, str]]:
        """The field ``registries`` of a host."""
        return {self.address: {"username": USER, "password": PASSWORD}}

    def curl(self, path: str, *more: str) -> str:
        """Ask it over HTTP, with the password."""
        # the password is in the standard input, as in a user's own script
        config = f'user = "{USER}:{PASSWORD}"\n'.encode()
        return self.lab.run("curl", "-sS", "-K", "-", *more, f"http://{self.address}{path}", input=config)

    def digest(self, repository: str, tag: str) -> str:
        """What it has under the tag; empty where there is nothing."""
        kind = "Accept: application/vnd.docker.distribution.manifest.v2+json"
        head = self.curl(f"/v2/{repository}/manifests/{tag}", "-I", "-H", kind)
        lines = [
            line.partition(": ")[2].strip() for line in head.splitlines() if line.startswith("Docker-Content-Digest")
        ]
        return lines[0] if lines else ""

    def put(self, repository: str, tag: str, image: str) -> str:
        """Push an image of the lab with Docker itself; returns the digest. Leaves no name on the host."""
        name = f"{self.address}/{repository}"
        api: Any = self.lab.api
        api.tag(image, name, tag)
        auth = {"username": USER, "password": PASSWORD}
        told = list(api.push(name, tag, stream=True, decode=True, auth_config=auth))
        assert not any("error" in each for each in told), told
        api.remove_image(f"{name}:{tag}")
        return self.digest(repository, tag)


@contextmanager
def registry_in(lab: DockerLab, folder: Path, port: int = 5000) -> Iterator[RegistryLab]:
    """``docker-registry serve`` until the end."""
    secrets = folder / "htpasswd"
    made = subprocess.run(
        ["htpasswd", "-niB", "-C", "4", USER], input=PASSWORD.encode(), capture_output=True, check=True, timeout=120
    )
    secrets.write_bytes(made.stdout)
    config = {
        "version": 0.1,
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "registry")}, "delete": {"enabled": True}},
        "http": {"addr": f"127.0.0.1:{port}", "secret": "of-the-test"},
        "auth": {"htpasswd": {"realm": "test", "path": str(secrets)}},
    }
    (folder / "config.yml").write_text(json.dumps(config))
    with (folder / "registry.log").open("wb") as log:
        argv = ["nsenter", f"--net={lab.netns()}", "docker-registry", "serve", str(folder / "config.yml")]
        process = subprocess.Popen(argv, stdout=log, stderr=log)
    registry = RegistryLab(lab, port, folder)
    try:
        until("the registry answers", lambda: _answers(registry))
        yield registry
    finally:
        process.kill()
        process.wait(timeout=120)


def _answers(registry: RegistryLab) -> bool:
    try:
        return registry.curl("/v2/") == "{}"
    except subprocess.CalledProcessError:
        return False


@contextmanager
def fake_registry_in(lab: DockerLab, folder: Path, mode: str, port: int = 5009) -> Iterator[Path]:
    """A registry that misbehaves (``tests/fake_registry.py``); gives the file with what it was asked."""
    asked = folder / "asked"
    asked.write_text("")
    script = Path(__file__).with_name("fake_registry.py")
    argv = ["nsenter", f"--net={lab.netns()}", sys.executable, str(script), str(port), mode, str(asked)]
    process = subprocess.Popen(argv)
    try:
        until(
            "the fake listens",
            lambda: f":{port:04X} 00000000:0000 0A" in Path(f"/proc/{process.pid}/net/tcp").read_text(),
        )
        yield asked
    finally:
        process.kill()
        process.wait(timeout=120)
