from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.states import NAME, open_store
from virtwright.engine.state.stack import StackState
from virtwright.engine.state.store import StateStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StateStore]:
    with open_store(tmp_path / "home") as store:
        yield store


@pytest.fixture
def state(store: StateStore) -> StackState:
    return store.stack(NAME, create=True)
