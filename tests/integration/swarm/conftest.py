"""The swarm of these tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docker_lab import DockerLab
from tests.states import keys_in
from tests.swarm_lab import SwarmStage, swarm_engine, sweep

from virtwright.engine.state.store import StateStore

__all__ = ["swarm_engine"]


@pytest.fixture
def stage(swarm_engine: DockerLab, tmp_path: Path) -> Iterator[SwarmStage]:
    """An engine of ours on an empty swarm of one node."""
    sweep(swarm_engine)
    with StateStore.open(None, keys_in(tmp_path)) as store:
        yield SwarmStage(swarm_engine.api, swarm_engine.uri.replace("docker+", "swarm+"), store)
