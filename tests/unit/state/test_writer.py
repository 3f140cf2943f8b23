"""The statements of a commit, on a database in memory: what each changes, and what it leaves alone."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from tests.memory_state import FakeClock, memory_database
from tests.states import operation, resource

from virtwright.engine.state import tables, writer
from virtwright.engine.state.codec import Codec
from virtwright.engine.state.database import Database
from virtwright.engine.state.digest import Digest
from virtwright.engine.state.records import Changes, RunRecord, Spent
from virtwright.engine.state.rows import operation_row, resource_row, run_row
from virtwright.engine.state.sql import Connection, Dialect
from virtwright.engine.state.tables import Table
from virtwright.engine.state.writer import RUNS_WITH_OPERATIONS, SPENT_KEPT, Writer
from virtwright.stacks.cipher import Cipher

NOW: Final = "2026-12-01T00:00:00.000Z"
CODEC: Final = Codec(Cipher.from_passphrase("x"))
STACK: Final = {
    "uid": "ours", "project": "shop", "name": "prod", "serial": 7, "salt": None, "outputs": "{}", "resources": 1,
    "operations": 2, "identity": None, "source": None, "checksum": 3,
}  # fmt: skip
LEASE: Final = {
    "stack": "ours", "token": 5, "holder": "me", "process": "{}", "epoch": "boot-1", "acquired": NOW, "expires": 9.0,
    "ttl": 30.0,
}  # fmt: skip
NEXT: Final = {
    **STACK,
    "serial": 8,
    "salt": "salt",
    "outputs": "[1]",
    "resources": 11,
    "operations": 12,
    "identity": "0123456789abcdef",
    "source": "{}",
    "checksum": 13,
}
EMPTY: Final = writer.Encoded(([], [], [], [], [], []), prune=False)


@pytest.fixture
def database() -> Iterator[Database]:
    made = memory_database(FakeClock())
    yield made
    made.close()


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """With two stacks, whose leases are held."""
    with database.write() as connection:
        for uid in ("ours", "theirs"):
            put(connection, tables.STACK, {**STACK, "uid": uid, "name": uid})
            put(connection, tables.LEASE, {**LEASE, "stack": uid})
        yield connection


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "utc_now", lambda: NOW)


def put(connection: Connection, table: Table, *rows: dict[str, Any]) -> None:
    for row in rows:
        connection.change(table.insert, **row)


def rows(connection: Connection, table: Table, key: str) -> dict[str, dict[str, Any]]:
    return {row[key]: row for row in connection.rows(table.select)}


def open_intent(id: str, run: str, stack: str = "ours") -> dict[str, Any]:
    return operation_row(operation("web", id=id, run=run), stack, CODEC)


def ended(id: str, run: str, stack: str = "ours") -> dict[str, Any]:
    return {**open_intent(id, run, stack), "finished": NOW, "outcome": "done", "details": None}


def a_run(id: str, second: int, stack: str = "ours") -> dict[str, Any]:
    return run_row(RunRecord(id=id, command="apply", started=f"2026-01-01T00:00:{second:02}.000Z"), stack)


def test_only_ended_operations_of_older_runs_are_forgotten(connection: Connection) -> None:
    count = RUNS_WITH_OPERATIONS + 2
    names = [f"run-{count - number:03}" for number in range(count)]
    """The newest run comes first in the alphabet, so that order by name shows."""
    for second, name in enumerate(names):
        put(connection, tables.RUN, a_run(name, second))
        put(connection, tables.OPERATION, ended(f"ended-{second}", name), open_intent(f"open-{second}", name))
    for second in range(5, 59):
        put(connection, tables.RUN, a_run(f"theirs-{second}", second, "theirs"))
    put(connection, tables.OPERATION, ended("of-theirs", names[0], "theirs"), ended("of-no-run", "lost"))
    before = set(rows(connection, tables.OPERATION, "id"))
    connection.change(writer._PRUNE, of="ours")
    assert before - set(rows(connection, tables.OPERATION, "id")) == {"ended-0", "ended-1", "of-no-run"}
    assert RUNS_WITH_OPERATIONS == 50


@pytest.mark.parametrize(
    ("row", "token", "lease", "writes"),
    [
        pytest.param(NEXT, 5, {}, True, id="ours"),
        pytest.param({**NEXT, "serial": 9}, 5, {}, False, id="somebody wrote before"),
        pytest.param({**NEXT, "serial": 7}, 5, {}, False, id="written already"),
        pytest.param(NEXT, 4, {}, False, id="the token of an earlier lease"),
        pytest.param(NEXT, 6, {}, False, id="a token that nobody has"),
        pytest.param(NEXT, 5, {"holder": None}, False, id="given back"),
        pytest.param(NEXT, 5, {"stack": "elsewhere"}, False, id="the lease of another stack"),
        pytest.param({**NEXT, "uid": "elsewhere"}, 5, {}, False, id="another stack"),
    ],
)
def test_a_commit_writes_only_with_its_lease_and_after_its_serial(
    database: Database, row: dict[str, Any], token: int, lease: dict[str, Any], writes: bool
) -> None:
    with database.write() as connection:
        put(connection, tables.STACK, STACK, {**STACK, "uid": "theirs", "name": "theirs"})
        put(connection, tables.LEASE, {**LEASE, **lease}, {**LEASE, "stack": "theirs", "token": 6})
        encoded = writer.Encoded(([], [], [resource_row(resource("web"), "ours", CODEC)], [], [], []), prune=False)
        assert Writer().write(connection, row, token, encoded) is writes
        assert rows(connection, tables.STACK, "uid")["ours"] == (row if writes else STACK)
        assert rows(connection, tables.STACK, "uid")["theirs"]["serial"] == 7
        assert len(rows(connection, tables.RESOURCE, "row")) == writes


def test_rows_of_a_commit(connection: Connection) -> None:
    """Of two stacks, the one that is committed to changes, and there what the changes name."""
    kept, gone, changed = resource("kept"), resource("gone"), resource("web")
    theirs = resource("theirs")
    new, lasting, over = operation("new"), operation("lasting"), operation("over", run="run-2")
    foreign = operation("foreign")
    put(connection, tables.RESOURCE, *(resource_row(each, "ours", CODEC) for each in (kept, gone, changed)))
    put(connection, tables.RESOURCE, resource_row(theirs, "theirs", CODEC))
    put(connection, tables.OPERATION, *(operation_row(each, "ours", CODEC) for each in (lasting, over)))
    put(connection, tables.OPERATION, operation_row(foreign, "theirs", CODEC))
    after = resource("web", row=changed.row, id="new-id")
    changes = Changes(
        begin=(new,),
        end=(over.id, foreign.id),
        put=(after,),
        remove=(gone.row, theirs.row),
        runs=(RunRecord(id="run-1", command="apply", started=NOW),),
        outcomes={foreign.id: "failed"},
    )
    to_commit = Writer()
    assert to_commit.write(connection, NEXT, 5, to_commit.encode(changes, "ours", CODEC))
    expected = [
        resource_row(kept, "ours", CODEC),
        resource_row(after, "ours", CODEC),
        resource_row(theirs, "theirs", CODEC),
    ]
    assert rows(connection, tables.RESOURCE, "row") == {each["row"]: each for each in expected}
    nothing = {"finished": None, "outcome": None}
    end = {"details": None, "checksum": None, "finished": NOW, "outcome": "done"}
    operations = [
        {**operation_row(new, "ours", CODEC), **nothing},
        {**operation_row(lasting, "ours", CODEC), **nothing},
        {**operation_row(over, "ours", CODEC), **end},
        {**operation_row(foreign, "theirs", CODEC), **nothing},
    ]
    assert rows(connection, tables.OPERATION, "id") == {each["id"]: each for each in operations}
    assert list(rows(connection, tables.RUN, "id")) == ["run-1"]


def test_in_one_commit_what_is_begun_can_end_and_what_is_put_can_go(connection: Connection) -> None:
    op, web = operation("web"), resource("web")
    to_commit = Writer()
    changes = Changes(begin=(op,), end=(op.id,), put=(web,), remove=(web.row,), outcomes={op.id: "failed"})
    assert to_commit.write(connection, NEXT, 5, to_commit.encode(changes, "ours", CODEC))
    assert rows(connection, tables.RESOURCE, "row") == {}
    assert rows(connection, tables.OPERATION, "id")[op.id]["outcome"] == "failed"


@pytest.mark.parametrize("finished", [None, NOW])
def test_operations_are_forgotten_when_a_run_ends(connection: Connection, finished: str | None) -> None:
    put(connection, tables.OPERATION, ended("of-no-run", "lost"), ended("of-theirs", "lost", "theirs"))
    to_commit = Writer()
    ending = RunRecord(id="run-1", command="apply", started=NOW, finished=finished)
    begun = RunRecord(id="run-2", command="apply", started=NOW)
    assert to_commit.write(connection, NEXT, 5, to_commit.encode(Changes(runs=(begun, ending)), "ours", CODEC))
    kept = {"of-theirs"} if finished else {"of-theirs", "of-no-run"}
    assert set(rows(connection, tables.OPERATION, "id")) == kept
    assert set(rows(connection, tables.RUN, "id")) == {"run-1", "run-2"}


def test_a_spent_operation_outlives_its_run_and_its_stack_alone_marks_it(connection: Connection) -> None:
    put(
        connection,
        tables.OPERATION,
        ended("known", "lost"),
        ended("of-theirs", "lost", "theirs"),
        open_intent("open", "lost"),
    )
    names = ("known", "forgotten", "of-theirs", "open")
    spent = tuple(Spent(name, f"id-{name}", resource("web").urn, NOW) for name in names)
    ending = RunRecord(id="run-1", command="destroy", started=NOW, finished=NOW)
    to_commit = Writer()
    assert to_commit.write(connection, NEXT, 5, to_commit.encode(Changes(runs=(ending,), spent=spent), "ours", CODEC))
    marked = {
        (each["id"], each["stack"]): each["details"]
        for each in rows(connection, tables.OPERATION, "id").values()
        if each["outcome"] == "gone"
    }
    assert marked == {("known", "ours"): "id-known", ("forgotten", "ours"): "id-forgotten"}


def test_the_oldest_of_many_spent_operations_are_forgotten(connection: Connection) -> None:
    for second in range(4):
        gone = {**ended(f"gone-{second}", "lost"), "outcome": "gone", "finished": f"2026-12-01T00:00:0{second}.000Z"}
        put(connection, tables.OPERATION, gone, {**gone, "id": f"theirs-{second}", "stack": "theirs"})
    put(connection, tables.OPERATION, ended("done", "lost"))
    connection.change(writer._PRUNE_SPENT.replace(str(SPENT_KEPT), "2"), of="ours")
    left = {each for each in rows(connection, tables.OPERATION, "id") if not each.startswith("theirs")}
    assert left == {"gone-2", "gone-3", "done"}
    assert len(rows(connection, tables.OPERATION, "id")) == 7


def test_a_put_row_of_another_stack_stays_that_stacks(connection: Connection) -> None:
    web = resource("web")
    put(connection, tables.RESOURCE, resource_row(web, "theirs", CODEC))
    to_commit = Writer()
    assert to_commit.write(connection, NEXT, 5, to_commit.encode(Changes(put=(web,)), "ours", CODEC))
    assert rows(connection, tables.RESOURCE, "row")[web.row]["stack"] == "theirs"


def test_a_commit_waits_first_for_whoever_takes_the_lease_away(connection: Connection) -> None:
    """Where several write at a time: the lock is what the database's dialect says."""
    executed: list[str] = []

    def note(statement: str) -> str:
        executed.append(" ".join(statement.split()))
        return statement

    assert Writer().write(Connection(connection.driver, Dialect(note, for_share=" -- FOR SHARE")), NEXT, 5, EMPTY)
    assert [each.split()[0] for each in executed] == ["SELECT", "UPDATE"]
    assert executed[0] == "SELECT token FROM lease WHERE stack = :of -- FOR SHARE"


def test_what_becomes_of_the_digests() -> None:
    encoded = writer.Encoded(
        (
            [{"id": "new", "checksum": 10}],
            [{"operation": "over"}],
            [{"row": "web", "checksum": 100}],
            [{"of_row": "gone"}],
            [],
            [],
        ),
        prune=False,
    )
    assert encoded.operations(Digest({"over": 1, "lasting": 2})).total == 12
    assert encoded.resources(Digest({"web": 3, "gone": 4, "kept": 5})).total == 105
    assert EMPTY.resources(Digest({"web": 3})).total == 3 and EMPTY.operations(Digest({"web": 3})).total == 3
