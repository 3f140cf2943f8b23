"""``examples/docker-shop`` on an engine that can pull nothing: its base images are made from the machine's own programs."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from tests import debian_images
from tests.docker_lab import DockerLab, docker_engine, docker_lab
from tests.e2e.operator_lab import Operator

__all__ = ["docker_engine", "docker_lab"]
pytestmark = pytest.mark.root
EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "docker-shop"
PASSWORD: Final = "correct-horse-of-the-shop"
ASKING: Final = """
import sys, urllib.request
for line in sys.stdin:
    try:
        with urllib.request.urlopen("http://127.0.0.1:8088/orders", timeout=15) as answer:
            print(answer.status, flush=True)
    except OSError as error:
        print(error, flush=True)
"""
"""Asks once for each line that it is told."""


@dataclass
class Shop:
    operator: Operator
    lab: DockerLab
    config: dict[str, str] = field(default_factory=dict)

    def apply(self, code: int = 0, **config: str) -> str:
        self.config |= config
        return self.operator.type("apply", "--yes", *self._options(), code=code).all

    def plan(self) -> None:
        self.operator.type("plan", "--exit-code", *self._options())

    def _options(self) -> list[str]:
        return [word for key, value in self.config.items() for word in ("--config", f"{key}={value}")]

    def check(self, copies: int) -> str:
        return self.lab.run(
            str(debian_images.PYTHON), str(self.operator.folder / "check.py"), "http://127.0.0.1:8088", str(copies)
        )

    def id(self, name: str) -> str:
        return str(self.lab.api.inspect_container(f"docker-shop_{name}")["Id"])


@dataclass
class Customers:
    """What the front told them."""

    answers: list[str] = field(default_factory=list)


@contextmanager
def customers(shop: Shop, many: int = 3) -> Iterator[Customers]:
    """So many ask one after another, until the block is left."""
    told, leaving = Customers(), threading.Event()
    words = ("nsenter", f"--net={shop.lab.netns()}", str(debian_images.PYTHON), "-c", ASKING)

    def ask() -> None:
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None and process.stdout is not None
            while not leaving.wait(0.02):
                process.stdin.write("\n")
                process.stdin.flush()
                told.answers.append(process.stdout.readline().strip())
            process.stdin.close()

    threads = [threading.Thread(target=ask) for _ in range(many)]
    for thread in threads:
        thread.start()
    try:
        yield told
    finally:
        leaving.set()
        for thread in threads:
            thread.join(timeout=30)


@pytest.fixture
def shop(operator: Operator, docker_lab: DockerLab) -> Iterator[Shop]:
    debian_images.import_python(docker_lab, "python:3.13-slim")
    debian_images.import_nginx(docker_lab, "nginx:1.28")
    debian_images.import_redis(docker_lab, "redis:8")
    shutil.copytree(EXAMPLE, operator.folder, dirs_exist_ok=True)
    operator.environment["VIRTWRIGHT_PASSPHRASE"] = "correct horse battery staple"
    operator.type("config", "set", "database_password", "--secret", stdin=f"{PASSWORD}\n")
    yield Shop(operator, docker_lab, {"host": docker_lab.uri, "monitor": "1200ms"})


def test_the_shop_is_applied_updated_kept_and_destroyed(shop: Shop) -> None:
    operator = shop.operator
    shop.apply()
    assert operator.type("output", "url").out.strip() == "http://127.0.0.1:8088"
    assert "from 3 copies, version 1; 1 orders" in shop.check(3)
    shop.plan()
    _look_around(shop)

    with customers(shop) as told:
        shop.apply(version="2")
    assert {*told.answers} == {"200"}
    assert len(told.answers) > 50
    assert "from 3 copies, version 2; 2 orders" in shop.check(3)

    _a_mistake_is_taken_back(shop)
    _data_outlives_its_container(shop)

    said = operator.type("destroy", "--yes", code=1).all
    assert "--allow-data-loss volumes.data" in said
    assert "4 orders" in shop.check(4)
    operator.type("destroy", "--yes", "--allow-data-loss", "data")
    left = (shop.lab.api.containers(all=True), shop.lab.api.volumes()["Volumes"] or [])
    assert left == ([], [])


def _look_around(shop: Shop) -> None:
    operator = shop.operator
    status = operator.type("status").all
    assert all(name in status for name in ("app", "front", "database"))
    assert "Ready to accept connections" in operator.type("logs", "database").all
    assert "8." in operator.type("exec", "database", "--", "redis-cli", "--version").out
    for name in ("app_1", "database"):
        assert PASSWORD not in json.dumps(shop.lab.api.inspect_container(f"docker-shop_{name}"))


def _a_mistake_is_taken_back(shop: Shop) -> None:
    path = shop.operator.folder / "app" / "app.py"
    good = path.read_text()
    path.write_text(f"raise SystemExit('a mistake')\n{good}")
    with customers(shop) as told:
        said = shop.apply(code=1)
    assert "the update was rolled back" in said
    assert "a mistake" in said
    assert {*told.answers} == {"200"}
    path.write_text(good)
    shop.apply(replicas="4")
    shop.plan()


def _data_outlives_its_container(shop: Shop) -> None:
    before = shop.id("database")
    shop.operator.edit("appendonly yes", "appendonly yes\n          maxclients 500")
    shop.operator.edit("resources: {memory: 256MiB}", "read_only: true\n    resources: {memory: 256MiB}")
    shop.apply()
    assert shop.id("database") != before
    assert "version 2; 3 orders" in shop.check(4)
    shop.plan()
