import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.states import NAME, commit, keys_in, open_store, operation, resource, urn

from virtwright.engine.state.export import export_state, import_state, show
from virtwright.engine.state.records import Changes
from virtwright.engine.state.stack import StackState
from virtwright.engine.state.state_file import VERSION, StateFile, json_schema
from virtwright.engine.state.store import StateStore
from virtwright.errors import InputError, SecretsError, StateError, VirtwrightError
from virtwright.schemas.values import Secret
from virtwright.stacks.base import StackName


@pytest.fixture
def document(state: StackState) -> dict[str, Any]:
    net = resource("net")
    web = resource("web", inputs={"p": Secret("hunter2")}, host=net.urn, dependencies=frozenset([net.urn]))
    op = operation("db", inputs={"p": Secret("hunter3")}, row=web.row)
    commit(state, Changes(put=(net, web), begin=(op,), outputs={"p": Secret("hunter4"), "u": "x"}))
    exported: dict[str, Any] = json.loads(json.dumps(export_state(state), allow_nan=False))
    return exported


def restore(state: StackState, document: dict[str, Any]) -> int:
    with state.acquire(holder="me", wait=1) as lease:
        return import_state(state, document, lease)


def test_it_holds_no_secret_in_clear_and_fits_its_schema(document: dict[str, Any]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    text = json.dumps(document)
    assert "hunter" not in text and "image" in text
    jsonschema.validate(document, json_schema())
    StateFile.model_validate(document)


def test_an_import_brings_all_back(state: StackState, document: dict[str, Any]) -> None:
    resources, operations = state.resources(), state.open_operations()
    commit(state, Changes(remove=tuple(record.row for record in resources), put=(resource("other"),), outputs={}))
    commit(state, Changes(end=tuple(op.id for op in operations), begin=(operation("other"),)))
    serial = state.serial
    assert restore(state, document) > serial
    assert [(r.urn, r.inputs, r.outputs, r.dependencies) for r in state.resources()] == [
        (r.urn, r.inputs, r.outputs, r.dependencies) for r in resources
    ]
    [op] = state.open_operations()
    assert (op.id, op.inputs) == (operations[0].id, {"p": Secret("hunter3")})
    assert op.row == next(record.row for record in state.resources() if record.urn.name == "web")
    assert state.outputs() == {"p": Secret("hunter4"), "u": "x"}


def test_it_moves_to_another_database_with_the_same_key(document: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "two").mkdir(mode=0o700)
    key = keys_in(tmp_path / "two").key_file
    key.write_bytes(keys_in(tmp_path / "home").key_file.read_bytes())
    key.chmod(0o600)
    with open_store(tmp_path / "two") as store:
        state = store.stack(NAME, create=True)
        restore(state, document)
        assert {record.urn.name for record in state.resources()} == {"net", "web"}
        assert state.outputs()["p"] == Secret("hunter4")


def test_another_key_is_refused_and_nothing_is_written(document: dict[str, Any], tmp_path: Path) -> None:
    keys_in(tmp_path / "two").find()
    with open_store(tmp_path / "two") as store:
        state = store.stack(NAME, create=True)
        with pytest.raises(SecretsError, match="passphrase is not the one"):
            restore(state, document)
        assert (state.serial, state.resources()) == (0, [])


def test_another_stack_is_refused(store: StateStore, document: dict[str, Any]) -> None:
    with pytest.raises(StateError, match="is the state of shop/prod"):
        restore(store.stack(StackName("shop", "test"), create=True), document)


def test_rows_of_another_stack_are_never_taken(store: StateStore, state: StackState, document: dict[str, Any]) -> None:
    other = store.stack(StackName("shop", "test"), create=True)
    theirs = resource("x", urn=urn("x", other.name), row=document["resources"][0]["row"] + "x")
    their_op = operation("x", urn=urn("x", other.name))
    commit(other, Changes(put=(theirs,), begin=(their_op,)))
    document["resources"][0]["row"] = theirs.row
    restore(state, document)
    assert other.resources() == [theirs]
    document["operations"][0]["id"] = their_op.id
    with pytest.raises(StateError, match="belongs to another stack"):
        restore(state, document)
    assert other.open_operations() == [their_op]


def _swap(document: dict[str, Any]) -> None:
    document["outputs"]["u"] = document["outputs"]["p"]


BREAK: dict[str, Callable[[dict[str, Any]], object]] = {
    "format": lambda d: d.update(format="x"),
    "newer": lambda d: d.update(version=VERSION + 1),
    "no version": lambda d: d.pop("version"),
    "unknown field": lambda d: d.update(more=1),
    "no resources": lambda d: d.pop("resources"),
    "serial": lambda d: d.update(serial="1"),
    "urn": lambda d: d["resources"][0].update(urn="web"),
    "other stack's urn": lambda d: d["resources"][0].update(urn=str(urn("x", StackName("a", "b")))),
    "twice": lambda d: d["resources"].append(copy.deepcopy(d["resources"][0])),
    "live twice": lambda d: d["resources"].append({**copy.deepcopy(d["resources"][0]), "row": "new"}),
    "missing dependency": lambda d: d["resources"][0].update(dependencies=[str(urn("nowhere"))]),
    "cycle": lambda d: [r.update(dependencies=[q["urn"] for q in d["resources"]]) for r in d["resources"]],
    "moved ciphertext": _swap,
    "salt": lambda d: d.update(salt="v1:x"),
    "no salt": lambda d: d.update(salt=None),
    "inputs": lambda d: d["resources"][0].update(inputs=[1]),
}


@pytest.mark.parametrize("name", BREAK)
def test_a_broken_document_is_refused_and_nothing_is_written(
    state: StackState, document: dict[str, Any], name: str
) -> None:
    before = state.resources(), state.open_operations(), state.outputs(), state.serial
    BREAK[name](document)
    with pytest.raises(VirtwrightError) as caught:
        restore(state, document)
    assert isinstance(caught.value, StateError | InputError | SecretsError)
    assert "hunter" not in str(caught.value)
    assert (state.resources(), state.open_operations(), state.outputs(), state.serial) == before


def test_show_masks_secrets() -> None:
    shown = show(resource("web", inputs={"p": Secret("hunter2"), "l": [Secret("hunter2")]}, references=frozenset()))
    assert shown["inputs"] == {"p": "[secret]", "l": ["[secret]"]}
    assert "hunter2" not in json.dumps(shown)
