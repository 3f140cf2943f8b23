"""``examples/docker-shop`` on an engine that can pull nothing: its base images are made from the machine's own programs."""

import json
import shutil
from collections.abc import Iterator
from typing import Final

import pytest
from tests.docker_lab import DockerLab, docker_engine, docker_lab
from tests.e2e.operator_lab import Operator
from tests.e2e.shop_lab import EXAMPLES, PASSWORD, Shop, base_images, customers

__all__ = ["docker_engine", "docker_lab"]
pytestmark = [pytest.mark.root, pytest.mark.slow]
EXAMPLE: Final = EXAMPLES / "docker-shop"


@pytest.fixture
def shop(operator: Operator, docker_lab: DockerLab) -> Iterator[Shop]:
    base_images(docker_lab)
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
    before = _id(shop, "database")
    shop.operator.edit("appendonly yes", "appendonly yes\n          maxclients 500")
    shop.operator.edit("resources: {memory: 256MiB}", "read_only: true\n    resources: {memory: 256MiB}")
    shop.apply()
    assert _id(shop, "database") != before
    assert "version 2; 3 orders" in shop.check(4)
    shop.plan()


def _id(shop: Shop, name: str) -> str:
    return str(shop.lab.api.inspect_container(f"docker-shop_{name}")["Id"])
