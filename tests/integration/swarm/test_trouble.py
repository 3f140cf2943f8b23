"""What hinders a swarm is told while it is waited for, and ends the wait."""

from typing import Any

import pytest
from tests.docker_lab import BUSYBOX
from tests.programs import Item
from tests.swarm_lab import SwarmStage

from virtwright.errors import HostError

pytestmark = pytest.mark.root
NOWHERE = {"constraints": ["node.labels.no == such"]}


def app(**changes: Any) -> Item:
    inputs = {
        "image": BUSYBOX,
        "command": ["sleep", "1000"],
        "stop_timeout": "0s",
        "update": {"monitor": "0.2s"},
        "docker": {"restart_delay": "0.1s"},
        **changes,
    }
    return Item("Service", "app", inputs)


def test_a_service_that_can_not_run_is_told_why_and_leaves_nothing(stage: SwarmStage) -> None:
    with pytest.raises(HostError, match=r"the service's copies don't run: No such image: no-such-image:1"):
        stage.apply(app(image="no-such-image:1"))
    with pytest.raises(HostError, match=r"waited 2s for .*0 of 1 run; 1 pending; last error: no suitable node"):
        stage.apply(app(placement=NOWHERE, wait_for={"timeout": "2s"}))
    assert any("1 pending; last error: no suitable node" in said for said in stage.progress())
    assert stage.api.services() == []


def test_an_update_that_gets_no_further_ends_and_the_old_version_runs_on(stage: SwarmStage) -> None:
    bad = app(placement=NOWHERE, environment={"VERSION": "2"}, wait_for={"timeout": "3s"})
    stage.apply(app())
    before = {*stage.running("shop_app")}
    with pytest.raises(
        HostError, match=r"nothing has moved for 3s: 1 of 1 run, updating; 1 pending; .*no suitable node"
    ):
        stage.apply(bad)
    assert {*stage.running("shop_app")} == before
    assert stage.fields(bad) == ["update_status"]
    stage.apply(app())
    stage.settled(app())
