"""As on a plain host: a service in four copies behind a front, under load for the whole time of an update of the swarm's."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from tests.docker_lab import DockerLab
from tests.load_lab import APP, BROKEN, FRONT, SOON, import_programs, load, serves_alone, version_at
from tests.programs import Item
from tests.swarm_lab import SwarmStage
from tests.waiting import until

from virtwright.errors import HostError

pytestmark = [pytest.mark.root, pytest.mark.slow]
URL: Final = "http://127.0.0.1:8089/version"


def shop(version: str = "1", **changes: Any) -> Sequence[Item]:
    each = {"docker": {"endpoint_mode": "dnsrr", "restart_delay": "0.1s"}}
    quick = {"update": {"monitor": "1.2s", "parallelism": 2}}
    app = {**APP, **each, **quick, "environment": {"VERSION": version}, **changes}
    front = {
        **FRONT,
        **each,
        "update": {"order": "stop-first"},
        "ports": [{"port": 80, "host_port": 8089, "mode": "host"}],
    }
    return (
        Item("Network", "back", {}),
        Item("Service", "app", app, uses=("back",)),
        Item("Service", "front", front, uses=("back",), after=("app",)),
    )


def test_updates_lose_no_request(stage: SwarmStage, swarm_engine: DockerLab, tmp_path: Path) -> None:
    import_programs(swarm_engine)
    stage.apply(*shop())
    until("the front answers", lambda: '"version": "1"' in version_at(swarm_engine, URL))
    old = stage.running("shop_app")
    with load(swarm_engine, tmp_path, URL) as told:
        stage.apply(*shop("2"))
    assert told.failures == []
    assert told.requests > 100
    assert serves_alone(swarm_engine, URL, "2")
    current = stage.running("shop_app")
    assert len(current) == 4 and not {*old} & {*current}

    with load(swarm_engine, tmp_path, URL) as told, pytest.raises(HostError, match="the swarm rolled back"):
        stage.apply(*shop("3", command=["python3", "-c", BROKEN], healthcheck=SOON))
    assert told.failures == []
    assert told.requests > 100
    assert serves_alone(swarm_engine, URL, "2")
    assert {*current} <= {*stage.running("shop_app")}
    stage.settled(*shop("2"))
