from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.states import NAME, open_store

from virtwright.engine.state.stack import StackState
from virtwright.engine.state.store import StateStore
from virtwright.stacks import cipher


@pytest.fixture(autouse=True)
def _few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Key derivation is slow by design; its true number of rounds is held by Pulumi's vector in the cipher's tests."""
    monkeypatch.setattr(cipher, "ROUNDS", 1000)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StateStore]:
    with open_store(tmp_path / "home") as store:
        yield store


@pytest.fixture
def state(store: StateStore) -> StackState:
    return store.stack(NAME, create=True)
