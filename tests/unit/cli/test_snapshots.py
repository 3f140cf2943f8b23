"""What ``virtwright snapshot`` asks, it asks before it takes the lease: nobody waits for an answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.states import NAME, commit, open_store, resource

from virtwright.cli import snapshots
from virtwright.engine.state.records import Changes
from virtwright.engine.state.stack import StackState
from virtwright.errors import StateError


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StackState]:
    """Of a stack with one machine, which has the snapshot ``one``."""
    keeper: Any = SimpleNamespace(snapshots=lambda id: [SimpleNamespace(name="one")], reverted=[])
    keeper.revert = lambda id, name, context: keeper.reverted.append(id)

    @contextmanager
    def holders(*_: object) -> Iterator[list[snapshots.Holder]]:
        yield [snapshots.Holder("vms.db", "id-db", keeper)]

    monkeypatch.setattr(snapshots, "_holders", holders)
    with open_store(tmp_path) as store:
        yield store.stack(NAME, create=True)


def _revert(state: StackState) -> int:
    session: Any = SimpleNamespace(state=lambda: state, warn=lambda text: None)
    return snapshots.revert(session, "one", (), yes=False, wait=0)


@pytest.mark.parametrize("answer", [True, False])
def test_nobody_holds_the_lease_while_the_user_thinks(
    state: StackState, monkeypatch: pytest.MonkeyPatch, answer: bool
) -> None:
    seen = []

    def agreed(*_: object, **__: object) -> bool:
        seen.append(state.lease())
        return answer

    monkeypatch.setattr(snapshots, "agreed", agreed)
    assert (_revert(state), seen) == (0 if answer else 1, [None])


def test_what_was_changed_meanwhile_is_not_gone_back_from(state: StackState, monkeypatch: pytest.MonkeyPatch) -> None:
    def agreed(*_: object, **__: object) -> bool:
        commit(state, Changes(put=(resource("web"),)))
        return True

    monkeypatch.setattr(snapshots, "agreed", agreed)
    with pytest.raises(StateError, match="changed by somebody else"):
        _revert(state)
