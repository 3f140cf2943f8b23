"""``examples/swarm-shop`` on a swarm of one node, with a registry that asks for a password."""

import json
import shutil
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docker_lab import DockerLab
from tests.e2e.operator_lab import Operator
from tests.e2e.shop_lab import EXAMPLES, PASSWORD, Shop, base_images, customers
from tests.registry_lab import PASSWORD as REGISTRY_PASSWORD
from tests.registry_lab import USER, RegistryLab, registry_in
from tests.swarm_lab import swarm_engine, sweep

__all__ = ["swarm_engine"]
pytestmark = [pytest.mark.root, pytest.mark.slow]


@pytest.fixture
def shop(operator: Operator, swarm_engine: DockerLab, tmp_path: Path) -> Iterator[Shop]:
    sweep(swarm_engine)
    base_images(swarm_engine)
    shutil.copytree(EXAMPLES / "docker-shop", operator.folder.parent / "docker-shop")
    shutil.copytree(EXAMPLES / "swarm-shop", operator.folder, dirs_exist_ok=True)
    operator.environment["VIRTWRIGHT_PASSPHRASE"] = "correct horse battery staple"
    operator.type("config", "set", "database_password", "--secret", stdin=f"{PASSWORD}\n")
    uri = f"swarm+unix://{swarm_engine.socket}"
    with registry_in(swarm_engine, tmp_path) as registry:
        _log_in(operator, registry, tmp_path / "docker")
        yield Shop(
            operator, swarm_engine, {"host": uri, "registry": registry.address, "monitor": "1200ms", "replicas": "2"}
        )
    sweep(swarm_engine)


def _log_in(operator: Operator, registry: RegistryLab, folder: Path) -> None:
    """What ``docker login`` writes."""
    folder.mkdir()
    login = b64encode(f"{USER}:{REGISTRY_PASSWORD}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {registry.address: {"auth": login}}}))
    operator.environment["DOCKER_CONFIG"] = str(folder)


def test_the_shop_is_applied_updated_and_destroyed(shop: Shop) -> None:
    operator = shop.operator
    shop.apply()
    assert "from 2 copies, version 1; 1 orders" in shop.check(2)
    shop.plan()
    _look_around(shop)
    with customers(shop) as told:
        shop.apply(version="2")
    assert {*told.answers} == {"200"}
    assert "from 2 copies, version 2; 2 orders" in shop.check(2)
    said = operator.type("destroy", "--yes", code=1).all
    assert "--allow-data-loss volumes.data" in said
    operator.type("destroy", "--yes", "--allow-data-loss", "data")
    api = shop.lab.api
    assert (api.services(), api.secrets(), api.configs(), api.volumes()["Volumes"] or []) == ([], [], [], [])


def _look_around(shop: Shop) -> None:
    operator = shop.operator
    status = operator.type("status").all
    assert all(name in status for name in ("services.app[1]", "services.app[2]", "services.front", "services.database"))
    assert "Ready to accept connections" in operator.type("logs", "database").all
    assert "8." in operator.type("exec", "database", "--", "redis-cli", "--version").out
    for name in ("app", "database"):
        assert PASSWORD not in json.dumps(shop.lab.api.inspect_service(f"swarm-shop_{name}"))
    assert (
        "@sha256:" in shop.lab.api.inspect_service("swarm-shop_app")["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"]
    )


@pytest.mark.long
def test_a_mistake_is_taken_back(shop: Shop) -> None:
    shop.apply()
    path = shop.operator.folder.parent / "docker-shop" / "app" / "app.py"
    good = path.read_text()
    path.write_text(f"raise SystemExit('a mistake')\n{good}")
    with customers(shop) as told:
        said = shop.apply(code=1)
    assert "the swarm rolled back" in said and "non-zero exit (1)" in said
    assert {*told.answers} == {"200"}
    path.write_text(good)
    shop.apply()
    shop.plan()
    assert "from 2 copies, version 1; 1 orders" in shop.check(2)
