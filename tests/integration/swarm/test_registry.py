"""Nodes pull from a private registry with the login of the host, which is kept nowhere in clear."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from tests.docker_lab import BUSYBOX, OTHER, DockerLab
from tests.registry_lab import PASSWORD, registry_in
from tests.swarm_lab import SwarmStage

from virtwright.errors import HostError
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.docker.swarm.handler import SwarmServiceHandler
from virtwright.providers.docker.swarm.provider import SwarmProvider
from virtwright.schemas.host import Host
from virtwright.schemas.service import Service

pytestmark = pytest.mark.root
STAMP = Stamp("shop/shop", "urn:pulumi:shop::shop::virtwright:index:Service::app", "1" * 32, "ab" * 32)


def _app(image: str) -> Service:
    return Service.model_validate(
        {
            "image": image,
            "command": ["sleep", "1000"],
            "stop_timeout": "0s",
            "update": {"monitor": "0.2s"},
            "docker": {"restart_delay": "0.1s"},
        }
    )


def test_a_private_image_is_pulled_with_the_login_and_stays_at_its_digest(
    stage: SwarmStage, swarm_engine: DockerLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with registry_in(swarm_engine, tmp_path) as registry:
        first = registry.put("shop/app", "1", BUSYBOX)
        image = f"{registry.address}/shop/app:1"
        refused = pytest.raises(HostError, match="No such image: localhost:5000/shop/app")
        with closing(SwarmProvider.open("one", Host(uri=stage.uri))) as provider, refused:
            provider.handlers["Service"].create(STAMP, _app(image), Context())
        host = Host.model_validate({"uri": stage.uri, "registries": registry.login})
        with closing(SwarmProvider.open("one", host)) as provider:
            handler = provider.handlers["Service"]
            assert isinstance(handler, SwarmServiceHandler)
            made = handler.create(STAMP, _app(image), Context())
            assert stage.container_spec("shop_app")["Image"] == f"{image}@{first}"
            assert registry.put("shop/app", "1", OTHER) != first
            changed = _app(image).model_copy(update={"environment": {"VERSION": "2"}})
            handler.update(made.id, STAMP, _app(image), changed, Context())
            assert stage.container_spec("shop_app")["Image"] == f"{image}@{first}", (
                "the tag has moved, and nobody asked for it"
            )
            second = registry.put("shop/app", "2", OTHER)
            handler.update(made.id, STAMP, changed, _app(f"{registry.address}/shop/app:2"), Context())
            assert stage.container_spec("shop_app")["Image"].endswith(f":2@{second}")
            assert PASSWORD not in json.dumps(stage.service("shop_app"))
            handler.delete(made.id, Context())
