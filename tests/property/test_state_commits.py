"""Random sequences of commits: the state is always what a plain model of it says, also when it is opened anew."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, given, note, settings
from tests.dice import DICE, several, some, text, value
from tests.states import NAME, open_store, operation, resource

from virtwright.engine.state.codec import Codec
from virtwright.engine.state.records import Changes, OperationRecord, ResourceRecord
from virtwright.engine.state.stack import StackState
from virtwright.schemas.values import Secret
from virtwright.stacks import cipher
from virtwright.stacks.cipher import Cipher

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


def key(dice: Random) -> str:
    return dice.choice((text(dice, 6), "4dabf18193072939515e22adb298388d"))


def properties(dice: Random) -> dict[str, Any]:
    made = {key(dice): value(dice, key) for _ in range(dice.randint(0, 3))}
    return {name: Secret(each) if dice.random() < 0.5 else each for name, each in made.items()}


def changes(dice: Random) -> Changes:
    begin = tuple(operation(name, id=name, inputs=properties(dice)) for name in some(dice, NAMES, 3))
    put = some(dice, NAMES, 3)
    return Changes(
        begin=begin,
        end=tuple(some(dice, NAMES, 3)),
        put=tuple(resource(name, row=name, inputs=properties(dice), outputs=properties(dice)) for name in put),
        remove=tuple(some(dice, NAMES, 3)),
        outputs=dice.choice((None, properties(dice))),
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(DICE)
def test_the_state_is_what_its_commits_made_it(dice: Random) -> None:
    batches = several(dice, 4, lambda dice: several(dice, 3, changes, least=1))
    note(repr(batches))
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


@settings(max_examples=60)
@given(DICE)
def test_merged_changes_make_what_the_single_ones_make(dice: Random) -> None:
    parts = several(dice, 4, changes, least=2)
    note(repr(parts))
    model, merged = Model(), Changes()
    for part in parts:
        model.apply(part)
        merged = merged.merged(part)
    at_once = Model()
    at_once.apply(merged)
    assert at_once.rows == model.rows
    assert at_once.outputs == model.outputs


@settings(max_examples=300)
@given(DICE)
def test_values_come_back(dice: Random) -> None:
    note(repr(values := properties(dice)))
    text = Codec(CIPHER).encode("urn", "inputs", values)
    assert Codec(CIPHER).decode("urn", "inputs", text) == values


@settings(max_examples=300)
@given(DICE)
def test_a_ciphertext_is_read_at_its_place_only(dice: Random) -> None:
    import pytest

    from virtwright.errors import SecretsError

    plain, place, other = text(dice, 20), "/" + text(dice, 2), "/" + text(dice, 2)
    note(repr((plain, place, other)))
    sealed = CIPHER.encrypt(plain, place)
    assert CIPHER.decrypt(sealed, place) == plain
    if other != place:
        with pytest.raises(SecretsError):
            CIPHER.decrypt(sealed, other)
