"""A stack's identity: made with the state, and kept wherever the state goes."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.states import NAME, as_before_identities, commit, keys_in, open_store, resource

from virtwright.engine.state.copying import copy_stack
from virtwright.engine.state.export import export_state, import_state
from virtwright.engine.state.identity import identity_of, is_identity, new_identity
from virtwright.engine.state.pulumi.reading import import_deployment
from virtwright.engine.state.pulumi.seal import KEY
from virtwright.engine.state.pulumi.writing import export_deployment
from virtwright.engine.state.records import Changes
from virtwright.engine.state.stack import StackState
from virtwright.engine.state.store import StateStore
from virtwright.errors import InputError, StateError, VirtwrightError
from virtwright.stacks.base import StackName


@pytest.fixture
def other(state: StackState, tmp_path: Path) -> Any:
    """A state of the same name and key in another place."""
    home = tmp_path / "elsewhere"
    home.mkdir(mode=0o700)
    state.keys.find()
    keys_in(home).key_file.write_bytes(state.keys.key_file.read_bytes())
    keys_in(home).key_file.chmod(0o600)
    with open_store(home) as store:
        yield store.stack(NAME, create=True)


def restore(state: StackState, document: dict[str, Any]) -> None:
    with state.acquire(holder="me", wait=1) as lease:
        import_state(state, document, lease)


def as_a_file(document: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(json.dumps(document))
    return read


def test_each_is_made_at_random() -> None:
    made = {new_identity() for _ in range(100)}
    assert len(made) == 100 and all(map(is_identity, made))


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        ("0123456789abcdef", True),
        ("0123456789ABCDEF", False),
        ("0123", False),
        ("", False),
        (None, False),
        ("g" * 16, False),
    ],
)
def test_what_is_an_identity(value: object, is_one: bool) -> None:
    assert is_identity(value) is is_one


def test_a_row_without_one_has_the_beginning_of_its_uid() -> None:
    assert identity_of({"uid": "0123456789abcdef0123456789abcdef", "identity": None}) == "0123456789abcdef"
    assert identity_of({"uid": "0123456789abcdef0123456789abcdef", "identity": "f" * 16}) == "f" * 16


def test_it_is_made_with_the_state_and_stays(store: StateStore) -> None:
    state = store.stack(NAME, create=True)
    identity = state.identity
    assert is_identity(identity) and not state.uid.startswith(identity)
    commit(state, Changes(put=(resource("web"),)))
    assert store.stack(NAME).identity == identity
    assert store.stack(StackName("shop", "other"), create=True).identity != identity


def test_a_state_begun_anew_keeps_it(store: StateStore) -> None:
    before = store.stack(NAME, create=True).identity
    assert store.reset_stack(NAME).identity == before


def test_a_damaged_one_is_made_anew(store: StateStore) -> None:
    before = store.stack(NAME, create=True).identity
    with store.database.write() as connection:
        connection.change("UPDATE stack SET identity = 'damaged'")
    with pytest.raises(StateError, match="checksum"):
        store.stack(NAME)
    after = store.reset_stack(NAME).identity
    assert is_identity(after) and after != before


def test_a_state_of_before_keeps_its_own_through_commits(store: StateStore) -> None:
    uid = store.stack(NAME, create=True).uid
    with store.database.write() as connection:
        as_before_identities(connection)
    state = store.stack(NAME)
    assert state.identity == uid[:16]
    commit(state, Changes(put=(resource("web"),)))
    assert store.stack(NAME).identity == uid[:16]


def test_an_export_brings_it_to_another_place(state: StackState, other: StackState) -> None:
    assert other.identity != state.identity
    restore(other, as_a_file(export_state(state)))
    assert other.identity == state.identity


def test_an_export_of_before_brings_none(state: StackState, other: StackState) -> None:
    document, before = as_a_file(export_state(state)), other.identity
    del document["stack"]["identity"]
    restore(other, {**document, "version": 1})
    assert other.identity == before


def test_an_import_takes_no_other_text_for_one(state: StackState) -> None:
    document, before = as_a_file(export_state(state)), state.identity
    document["stack"]["identity"] = "mine"
    with pytest.raises(InputError):
        restore(state, document)
    assert state.identity == before


def test_a_deployment_of_pulumi_brings_it(state: StackState, other: StackState) -> None:
    document = as_a_file(export_deployment(state, state.keys))
    with other.acquire(holder="me", wait=1) as lease:
        import_deployment(other, document, other.keys, lease)
    assert other.identity == state.identity


def test_a_deployment_with_another_one_is_refused(state: StackState, other: StackState) -> None:
    document, before = as_a_file(export_deployment(state, state.keys)), other.identity
    document["deployment"]["metadata"][KEY]["identity"] = new_identity()
    with other.acquire(holder="me", wait=1) as lease, pytest.raises(VirtwrightError, match="was changed"):
        import_deployment(other, document, other.keys, lease)
    assert other.identity == before


def test_a_copy_of_the_state_has_it(store: StateStore, tmp_path: Path) -> None:
    state = store.stack(NAME, create=True)
    home = tmp_path / "copy"
    home.mkdir(mode=0o700)
    with open_store(home) as target, state.acquire(holder="me", wait=1) as lease:
        copy_stack(store, target, NAME, lease)
        assert target.stack(NAME).identity == state.identity
