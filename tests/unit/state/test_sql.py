"""Statements are text that two databases share."""

import sqlite3
from collections.abc import Iterator

import pytest

from virtwright.engine.state import tables
from virtwright.engine.state.postgresql import statement
from virtwright.engine.state.sql import Connection

RUN = {
    "id": "1",
    "stack": "a",
    "command": "apply",
    "started": "now",
    "finished": None,
    "result": None,
    "summary": "{}",
    "message": None,
    "who": "me",
}
STACK = {
    "project": "shop",
    "serial": 0,
    "salt": None,
    "outputs": "{}",
    "resources": 0,
    "operations": 0,
    "identity": None,
    "source": None,
    "checksum": 0,
}


@pytest.fixture
def connection() -> Iterator[Connection]:
    made = Connection(sqlite3.connect(":memory:", isolation_level=None))
    made.change("PRAGMA foreign_keys = ON")
    for table in tables.TABLES:
        table.create(made)
    for name in ("a", "b"):
        made.change(tables.STACK.insert, uid=name, name=name, **STACK)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1", "SELECT 1"),
        ("WHERE uid = :uid AND token = :mine", "WHERE uid = %(uid)s AND token = %(mine)s"),
        ("VALUES (:a,:b)", "VALUES (%(a)s,%(b)s)"),
        ("SELECT x::text", "SELECT x::text"),
    ],
)
def test_values_for_psycopg(text: str, expected: str) -> None:
    assert statement(text) == expected


def test_no_statement_of_the_tables_means_something_else_to_psycopg() -> None:
    for table in tables.TABLES:
        assert "%" not in table.insert + table.select
        assert statement(table.insert).count("%(") == len(table.columns)


def test_an_upsert_replaces_a_row(connection: Connection) -> None:
    connection.change(tables.RUN.upsert, **RUN)
    connection.change(tables.RUN.upsert, **{**RUN, "finished": "later", "result": "succeeded"})
    assert connection.rows(tables.RUN.select) == [{**RUN, "finished": "later", "result": "succeeded"}]


def test_an_upsert_leaves_the_row_of_another_stack_alone(connection: Connection) -> None:
    connection.change(tables.RUN.upsert, **RUN)
    assert connection.change(tables.RUN.upsert, **{**RUN, "stack": "b"}) == 0
    assert connection.value("SELECT stack FROM run") == "a"


def test_a_row_belongs_to_a_stack_that_there_is(connection: Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        connection.change(tables.RUN.insert, **{**RUN, "stack": "c"})


def test_an_error_undoes_a_transaction(connection: Connection) -> None:
    with pytest.raises(KeyError), connection.transaction("BEGIN IMMEDIATE"):
        connection.change(tables.RUN.insert, **RUN)
        raise KeyError
    assert connection.rows(tables.RUN.select) == []
    with connection.transaction("BEGIN IMMEDIATE"):
        connection.change_all(tables.RUN.insert, [RUN, {**RUN, "id": "2"}])
    assert connection.column("SELECT id FROM run ORDER BY id") == ["1", "2"]
    assert connection.pairs("SELECT id, stack FROM run") == {"1": "a", "2": "a"}
    assert connection.row("SELECT id FROM run WHERE id = :id", id="3") is None


def test_truth_values_are_known() -> None:
    truths = {table.name: tables.booleans(table) for table in tables.TABLES if tables.booleans(table)}
    assert truths == {"resource": {"protect", "retain_on_delete", "doomed", "pending_replacement"}}
