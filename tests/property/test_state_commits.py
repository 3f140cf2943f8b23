"""Random sequences of commits: the state is always what a plain model of it says, also when it is opened anew."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.states import NAME, open_store, operation, resource

from virtwright.engine.state.codec import Codec
from virtwright.engine.state.records import Changes, OperationRecord, ResourceRecord
from virtwright.engine.state.stack import StackState
from virtwright.schemas.values import Secret
from virtwright.stacks import cipher
from virtwright.stacks.cipher import Cipher

PLAIN = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8)
KEYS = st.text(max_size=6) | st.just("4dabf18193072939515e22adb298388d")
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
PROPERTIES = st.dictionaries(KEYS, VALUES | VALUES.map(Secret), max_size=3)
NAMES = [f"r{number}" for number in range(6)]
CIPHER = Cipher.from_passphrase("a test")


@dataclass
class Model:
    """What the state should hold. One row and one operation for each name."""

    rows: dict[str, ResourceRecord] = field(default_factory=dict)
    operations: dict[str, OperationRecord] = field(default_factory=dict)
    outputs: dict[str, object] = field(default_factory=dict)

    def apply(self, changes: Changes) -> None:
        self.operations.update({op.id: op for op in changes.begin})
        for id in changes.end:
            self.operations.pop(id, None)
        self.rows.update({record.row: record for record in changes.put})
        for row in changes.remove:
            self.rows.pop(row, None)
        if changes.outputs is not None:
            self.outputs = dict(changes.outputs)

    def check(self, state: StackState) -> None:
        assert {record.row: record for record in state.resources()} == self.rows
        assert {op.id: op for op in state.open_operations()} == self.operations
        assert state.outputs() == self.outputs


@st.composite
def changes(draw: st.DrawFn) -> Changes:
    some = st.lists(st.sampled_from(NAMES), max_size=3, unique=True)
    return Changes(
        begin=tuple(operation(name, id=name, inputs=draw(PROPERTIES)) for name in draw(some)),
        end=tuple(draw(some)),
        put=tuple(resource(name, row=name, inputs=draw(PROPERTIES), outputs=draw(PROPERTIES)) for name in draw(some)),
        remove=tuple(draw(some)),
        outputs=draw(st.none() | PROPERTIES),
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(st.lists(changes(), min_size=1, max_size=3), max_size=4))
def test_the_state_is_what_its_commits_made_it(batches: list[list[Changes]]) -> None:
    model = Model()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder, patch.object(cipher, "ROUNDS", 1000):
        for batch in batches:
            with open_store(Path(folder)) as store:
                state = store.stack(NAME, create=True)
                model.check(state)
                with state.acquire(holder="me", wait=0, backup=False) as lease:
                    for one in batch:
                        state.commit(one, lease)
                        model.apply(one)
                model.check(state)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(changes(), min_size=2, max_size=4))
def test_merged_changes_make_what_the_single_ones_make(parts: list[Changes]) -> None:
    model, merged = Model(), Changes()
    for part in parts:
        model.apply(part)
        merged = merged.merged(part)
    at_once = Model()
    at_once.apply(merged)
    assert at_once.rows == model.rows
    assert at_once.outputs == model.outputs


@settings(max_examples=300)
@given(PROPERTIES)
def test_values_come_back(values: dict[str, object]) -> None:
    text = Codec(CIPHER).encode("urn", "inputs", values)
    assert Codec(CIPHER).decode("urn", "inputs", text) == values


@settings(max_examples=300)
@given(st.text(), st.text(min_size=1), st.text(min_size=1))
def test_a_ciphertext_is_read_at_its_place_only(text: str, place: str, other: str) -> None:
    import pytest

    from virtwright.errors import SecretsError

    sealed = CIPHER.encrypt(text, place)
    assert CIPHER.decrypt(sealed, place) == text
    if other != place:
        with pytest.raises(SecretsError):
            CIPHER.decrypt(sealed, other)
