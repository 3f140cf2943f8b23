"""Changes that are committed together, and records as rows."""

import json
import re
from dataclasses import fields, replace
from typing import Any, Final

import pytest
from tests.states import operation, resource, urn

from virtwright.engine.state.codec import Codec
from virtwright.engine.state.records import Changes, FinishedOperation, RunRecord, Spent, utc_now
from virtwright.engine.state.rows import (
    REPAIR,
    UrnCache,
    checksum,
    finished_operation,
    operation_record,
    operation_row,
    resource_record,
    resource_row,
    run_record,
    run_row,
    stack_checksum,
)
from virtwright.engine.state.traits import Traits
from virtwright.errors import StateError
from virtwright.stacks.cipher import Cipher
from virtwright.stacks.source import Source

CODEC: Final = Codec(Cipher.from_passphrase("x"))
A, B, C = resource("a"), resource("b"), resource("c")
RUN: Final = RunRecord(
    id="run",
    command="apply",
    started="then",
    finished="now",
    result="succeeded",
    summary={"create": 1},
    message="m",
    who="me",
)
WHOLE: Final = resource(
    "web",
    host=urn("one"),
    dependencies=frozenset({urn("z"), urn("a")}),
    references=frozenset({urn("a")}),
    protect=True,
    retain_on_delete=True,
    doomed=True,
    pending_replacement=True,
    inputs_hash="hash",
    traits=Traits(imported=True),
)
OPEN: Final = operation(
    "web",
    host=urn("one"),
    object_id="id-1",
    row="row",
    dependencies=frozenset({urn("z"), urn("a")}),
    references=frozenset({urn("a")}),
    protect=True,
    retain_on_delete=True,
    inputs_hash="hash",
    traits=Traits(leaves="urn"),
)


def test_the_time_is_told_to_the_millisecond() -> None:
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", utc_now())


@pytest.mark.parametrize(
    ("changes", "some"),
    [
        (Changes(), False),
        (Changes(outcomes={"x": "done"}), False),
        (Changes(begin=(OPEN,)), True),
        (Changes(end=("x",)), True),
        (Changes(put=(A,)), True),
        (Changes(remove=("x",)), True),
        (Changes(runs=(RUN,)), True),
        (Changes(outputs={}), True),
        (Changes(identity="0123456789abcdef"), True),
        (Changes(source=Source("/stack.yaml", "here")), True),
    ],
)
def test_whether_there_is_anything_to_write(changes: Changes, some: bool) -> None:
    assert bool(changes) is some


def test_two_changes_in_one_commit_do_what_both_did_one_after_the_other() -> None:
    later_run = replace(RUN, id="later")
    first = Changes((OPEN,), ("1",), (A, B), (C.row, "gone"), (RUN,), {"x": 1}, {"1": "failed", "2": "failed"})
    second = Changes((replace(OPEN, id="other"),), ("2",), (C,), (A.row,), (later_run,), None, {"2": "done"})
    assert first.merged(second) == Changes(
        begin=(OPEN, replace(OPEN, id="other")),
        end=("1", "2"),
        put=(B, C),
        remove=("gone", A.row),
        runs=(RUN, later_run),
        outputs={"x": 1},
        outcomes={"1": "failed", "2": "done"},
    )
    assert first.merged(replace(second, outputs={})).outputs == {}
    assert first.merged(replace(second, identity="2")).identity == "2"
    assert replace(first, identity="1").merged(second).identity == "1"
    here, there = (Source("/stack.yaml", machine) for machine in ("here", "there"))
    assert replace(first, source=here).merged(replace(second, source=there)).source == there
    assert replace(first, source=here).merged(second).source == here
    left = Spent("a", "id-a", urn("a"), "2026-01-01T00:00:00.000Z"), Spent("b", "id-b", urn("b"), "")
    assert Changes(spent=left[:1]).merged(Changes(spent=left[1:])).spent == left
    assert Changes().merged(first) == first.merged(Changes()) == first


def test_a_record_says_the_same_when_nothing_has_to_be_written() -> None:
    one, other, flag = ({"a": {"b": value}} for value in (1, 2, True))
    record = replace(WHOLE, inputs=one, outputs=one)
    assert record.says(replace(record, inputs={"a": {"b": 1}}))
    assert not record.says(replace(record, modified="later"))
    for changed in (other, flag):
        assert not record.says(replace(record, inputs=changed))
        assert not record.says(replace(record, outputs=changed))


def test_a_row_says_all_of_its_record() -> None:
    for record in (WHOLE, A):
        row = resource_row(record, "stack", CODEC)
        assert row["stack"] == "stack"
        assert resource_record(row, CODEC, UrnCache()) == record
    for intent in (OPEN, operation("web")):
        row = operation_row(intent, "stack", CODEC)
        assert row["stack"] == "stack"
        assert operation_record(row, CODEC, UrnCache()) == intent
    for run in (RUN, RunRecord(id="run", command="apply", started="then")):
        row = run_row(run, "stack")
        assert row["stack"] == "stack"
        assert run_record(row) == run
    ended = {**operation_row(OPEN, "stack", CODEC), "outcome": "done", "finished": "now"}
    assert finished_operation(ended) == FinishedOperation(
        id=OPEN.id, run=OPEN.run, urn=OPEN.urn, op=OPEN.op, outcome="done", started=OPEN.started, finished="now"
    )


def test_lists_of_urns_are_in_order_so_that_equal_records_are_equal_rows() -> None:
    row = resource_row(WHOLE, "stack", CODEC)
    assert row["dependencies"] == json.dumps([str(urn("a")), str(urn("z"))])
    assert row["references"] == json.dumps([str(urn("a"))])
    assert resource_row(A, "stack", CODEC)["dependencies"] == "[]"
    details = json.loads(operation_row(OPEN, "stack", CODEC)["details"])
    assert details["dependencies"] == [str(urn("a")), str(urn("z"))]


OTHER: Final[dict[type, Any]] = {str: "other", bool: False, type(None): "other"}


@pytest.mark.parametrize("column", sorted({*resource_row(WHOLE, "stack", CODEC)} - {"checksum"}))
def test_each_column_of_a_resource_is_held_by_its_checksum(column: str) -> None:
    row = resource_row(WHOLE, "stack", CODEC)
    with pytest.raises(StateError, match="a row does not match its checksum") as caught:
        resource_record({**row, column: OTHER[type(row[column])]}, CODEC, UrnCache())
    assert caught.value.hint == REPAIR


@pytest.mark.parametrize("column", sorted({*operation_row(OPEN, "stack", CODEC)} - {"checksum", "finished", "outcome"}))
def test_each_column_of_an_intent_is_held_by_its_checksum(column: str) -> None:
    row = operation_row(OPEN, "stack", CODEC)
    with pytest.raises(StateError, match="a row does not match its checksum") as caught:
        operation_record({**row, column: OTHER[type(row[column])]}, CODEC, UrnCache())
    assert caught.value.where.urn in (str(OPEN.urn), "other")


def test_a_stack_is_held_by_its_checksum() -> None:
    names = ("uid", "project", "name", "serial", "salt", "outputs", "resources", "operations", "identity", "source")
    row = {name: f"{number}" for number, name in enumerate(names)}
    for name in names:
        assert stack_checksum({**row, name: "other"}) != stack_checksum(row)
    assert stack_checksum({**row, "checksum": 1, "more": 2}) == stack_checksum(row)
    before_sources = {**row, "source": None}
    assert stack_checksum(before_sources) == checksum(row, names[:-1])
    assert stack_checksum({**before_sources, "identity": None}) == checksum(row, names[:-2])


def test_a_checksum_tells_nothing_from_an_empty_text_but_no_flag_from_its_number() -> None:
    def of(value: Any) -> int:
        return checksum({"a": value, "b": 1}, ("a",))

    assert len({of(None), of(""), of("0"), of(0), of(1)}) == 5
    assert (of(True), of(False)) == (of(1), of(0)), "a database may give either"
    assert of(b"\0") == of(object()) == -1


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"dependencies": "[1]"}, "not a URN: 1"),
        ({"dependencies": '["x"]'}, "not a URN: 'x'"),
        ({"dependencies": "{"}, "the list of its dependencies can't be read"),
        ({"dependencies": "5"}, "the list of its dependencies can't be read"),
        ({"references": "{"}, "the list of its dependencies can't be read"),
        ({"host": "x"}, "not a URN: 'x'"),
        ({"urn": "x"}, "not a URN: 'x'"),
        ({"traits": "{"}, "the traits of a resource can't be read"),
        ({"traits": '{"new": 1}'}, "the traits of a resource can't be read"),
        ({"inputs": "[]"}, "it is not a map"),
        ({"outputs": "{"}, "it is not JSON"),
    ],
)
def test_damage_beyond_the_checksum_is_told(changed: dict[str, Any], why: str) -> None:
    row = {**resource_row(WHOLE, "stack", CODEC), **changed}
    names = [name for name in row if name != "checksum"]
    ordered = ("row", "stack", "urn", "kind", "host", "id", "inputs", "outputs", "dependencies", "references")
    rest = (
        "protect",
        "retain_on_delete",
        "created",
        "modified",
        "doomed",
        "pending_replacement",
        "inputs_hash",
        "traits",
    )
    assert {*ordered, *rest} == {*names}
    row["checksum"] = checksum(row, (*ordered, *rest))
    with pytest.raises(StateError) as caught:
        resource_record(row, CODEC, UrnCache())
    assert caught.value.message == f"the state is damaged: {why}"
    assert caught.value.hint == REPAIR


def test_a_row_without_traits_has_the_checksum_of_before_there_were_any() -> None:
    row = resource_row(A, "stack", CODEC)
    assert row["traits"] is None
    names = [name for name in row if name not in ("checksum", "traits")]
    assert row["checksum"] == checksum(row, names)
    marked = resource_row(WHOLE, "stack", CODEC)
    assert marked["checksum"] == checksum(marked, [*names, "traits"])


@pytest.mark.parametrize("details", [None, "{", "[]", "{}", json.dumps({"kind": "Container"})])
def test_an_intent_that_can_not_be_read_is_told(details: str | None) -> None:
    row = {**operation_row(OPEN, "stack", CODEC), "details": details}
    row["checksum"] = checksum(row, ("id", "stack", "run", "urn", "op", "started", "details"))
    with pytest.raises(StateError, match="an open operation can't be read") as caught:
        operation_record(row, CODEC, UrnCache())
    assert caught.value.where.urn == str(OPEN.urn)


def test_an_intent_of_a_version_without_traits_has_none() -> None:
    row = operation_row(operation("web"), "stack", CODEC)
    details = json.loads(row["details"])
    del details["traits"]
    row["details"] = json.dumps(details)
    row["checksum"] = checksum(row, ("id", "stack", "run", "urn", "op", "started", "details"))
    assert operation_record(row, CODEC, UrnCache()).traits == Traits()


@pytest.mark.parametrize("summary", [None, "{"])
def test_a_run_that_can_not_be_read_is_told(summary: str | None) -> None:
    with pytest.raises(StateError, match="the record of run run can't be read"):
        run_record({**run_row(RUN, "stack"), "summary": summary})


def test_a_urn_is_parsed_once() -> None:
    cache = UrnCache()
    assert cache(str(WHOLE.urn)) is cache(str(WHOLE.urn))
    assert cache.set_of("[]", "owner") == frozenset()
    assert {each.name for each in fields(Changes)} == {
        *("begin", "end", "put", "remove", "runs", "outputs", "outcomes", "identity", "source", "spent")
    }
