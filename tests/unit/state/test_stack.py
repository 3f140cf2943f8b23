import dataclasses
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.states import NAME, commit, keys_in, open_store, operation, resource, urn

from virtwright.engine.state.records import Changes, RunRecord
from virtwright.engine.state.sql import Connection
from virtwright.engine.state.stack import StackState
from virtwright.engine.state.store import StateStore
from virtwright.errors import LeaseHeldError, LeaseLostError, SecretsError, StateError, StateLostError
from virtwright.schemas.values import Secret
from virtwright.stacks.base import StackName
from virtwright.stacks.keys import Keys


def test_what_is_put_comes_back_whole(state: StackState, tmp_path: Path) -> None:
    host, net = resource("host", id=None), resource("net")
    web = resource(
        "web",
        host=host.urn,
        inputs={"image": "host", "environment": {"P": Secret("hunter2")}, "n": [1, 2.5, None]},
        outputs={"token": Secret({"a": [1]})},
        dependencies=frozenset([net.urn]),
        references=frozenset([net.urn]),
        protect=True,
        retain_on_delete=True,
        pending_replacement=True,
        inputs_hash="00ff",
    )
    old = resource("web", doomed=True, dependencies=frozenset([urn("gone")]))
    commit(state, Changes(put=(host, net, web, old), outputs={"url": "http://x", "p": Secret("s")}))
    with open_store(tmp_path / "home") as again:
        other = again.stack(NAME)
        assert {record.row: record for record in other.resources()} == {r.row: r for r in (host, net, web, old)}
        assert other.outputs() == {"url": "http://x", "p": Secret("s")}
        assert other.serial == state.serial == 1


def test_an_operation_is_open_until_it_ends(state: StackState) -> None:
    web, net = operation("web", inputs={"p": Secret("x")}, object_id="o", row="r", protect=True), operation("net")
    commit(state, Changes(begin=(web, net)))
    assert sorted(state.open_operations(), key=lambda op: op.id) == sorted((web, net), key=lambda op: op.id)
    commit(state, Changes(end=(web.id,)))
    commit(state, Changes(end=(net.id,), outcomes={net.id: "failed"}))
    assert state.open_operations() == []
    assert {(done.id, done.urn, done.outcome) for done in state.history()} == {
        (web.id, web.urn, "done"),
        (net.id, net.urn, "failed"),
    }
    assert state.history("another run") == []


def test_a_put_replaces_its_row_and_a_removed_row_is_gone(state: StackState) -> None:
    web = resource("web")
    commit(state, Changes(put=(web,)))
    changed = resource("web", row=web.row, id="other")
    commit(state, Changes(put=(changed,)))
    assert state.resources() == [changed]
    commit(state, Changes(remove=(web.row,)))
    assert state.resources() == []


def test_runs_are_kept_newest_first_and_old_operations_are_dropped(state: StackState) -> None:
    with state.acquire(holder="me", wait=0) as lease:
        for number in range(53):
            run = RunRecord(id=f"{number}", command="apply", started=f"2026-01-01T00:00:{number:02}Z", who="me@here 1")
            state.commit(Changes(runs=(run,), begin=(operation("web", id=f"op{number}", run=run.id),)), lease)
            done = dataclasses.replace(run, finished="x", result="succeeded", summary={"create": 1})
            state.commit(Changes(runs=(done,), end=(f"op{number}",)), lease)
    assert [run.id for run in state.runs(limit=3)] == ["52", "51", "50"]
    assert state.runs()[0] == done
    assert len(state.runs()) == 53
    assert len(state.history()) == 50
    assert not state.history("2")


def test_secrets_are_nowhere_in_clear_and_do_not_churn(state: StackState, tmp_path: Path) -> None:
    web = resource("web", inputs={"p": Secret("hunter2")})
    commit(state, Changes(put=(web,)))
    with open_store(tmp_path / "home") as again:
        other = again.stack(NAME)
        before = other.codec.encode(str(web.urn), "inputs", other.resources()[0].inputs)
        commit(other, Changes(put=tuple(other.resources())))
    state.resources()
    assert state.codec.encode(str(web.urn), "inputs", web.inputs) == before


def test_a_stack_without_secrets_has_no_salt(state: StackState) -> None:
    commit(state, Changes(put=(resource("web"),)))
    assert state.cipher.stored_salt is None


def test_a_wrong_passphrase_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    environment = {"VIRTWRIGHT_HOME": str(tmp_path), "VIRTWRIGHT_PASSPHRASE": "right"}
    with StateStore.open(None, Keys(environment)) as store:
        commit(store.stack(NAME, create=True), Changes(put=(resource("web", inputs={"p": Secret("x")}),)))
    with StateStore.open(None, Keys({**environment, "VIRTWRIGHT_PASSPHRASE": "wrong"})) as store:
        state = store.stack(NAME)
        with pytest.raises(SecretsError, match="passphrase is not the one"):
            state.resources()
        with pytest.raises(SecretsError):
            commit(state, Changes(put=(resource("db", inputs={"p": Secret("y")}),)))
        assert state.serial == 1


def test_a_lost_key_file_is_told_and_not_made_anew(state: StackState, tmp_path: Path) -> None:
    commit(state, Changes(put=(resource("web", inputs={"p": Secret("x")}),)))
    keys = keys_in(tmp_path / "home")
    keys.key_file.unlink()
    with open_store(tmp_path / "home") as again, pytest.raises(SecretsError, match="no key"):
        again.stack(NAME).resources()
    assert not keys.key_file.exists()


def test_the_files_are_private(state: StackState, tmp_path: Path) -> None:
    commit(state, Changes(put=(resource("web"),)))
    commit(state, Changes(put=(resource("db"),)))
    paths = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert {"state.db", "state.db-wal", "state.db-shm", "shop.prod-000000001.db"} <= {path.name for path in paths}
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    folders = [path for path in (tmp_path / "home").rglob("*") if path.is_dir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "home", *folders)} == {0o700}


def test_a_file_open_to_others_is_closed(tmp_path: Path) -> None:
    with open_store(tmp_path / "home") as store:
        store.stack(NAME, create=True)
    (tmp_path / "home" / "state.db").chmod(0o666)
    open_store(tmp_path / "home").close()
    assert stat.S_IMODE((tmp_path / "home" / "state.db").stat().st_mode) == 0o600


def test_a_missing_stack_is_told_with_the_nearest_name(store: StateStore, state: StackState) -> None:
    with pytest.raises(StateError, match="no state of a stack shop/prd") as caught:
        store.stack(StackName("shop", "prd"))
    assert caught.value.hint == "did you mean shop/prod?"
    assert store.stacks() == [NAME]


def test_only_an_empty_stack_can_be_deleted(store: StateStore, state: StackState) -> None:
    web = resource("web")
    with state.acquire(holder="me", wait=0) as lease:
        state.commit(Changes(put=(web,)), lease)
        with pytest.raises(StateError, match="not empty"):
            store.delete_stack(NAME, lease)
        state.commit(Changes(remove=(web.row,)), lease)
        store.delete_stack(NAME, lease)
        with pytest.raises(StateError, match="deleted"):
            state.resources()
    assert store.stacks() == []
    assert store.stack(NAME, create=True).serial == 0, "a new stack of that name begins anew"


def test_the_lease_of_one_stack_does_not_open_another(store: StateStore, state: StackState) -> None:
    other = store.stack(StackName("shop", "test"), create=True)
    with other.acquire(holder="me", wait=0) as lease, state.acquire(holder="me", wait=0):
        with pytest.raises(LeaseLostError):
            state.commit(Changes(put=(resource("web"),)), lease)
        with pytest.raises(LeaseLostError):
            store.delete_stack(NAME, lease)


def test_a_replayed_older_database_is_noticed(state: StackState, store: StateStore, tmp_path: Path) -> None:
    commit(state, Changes(put=(resource("web"),)))
    commit(state, Changes(put=(resource("db"),)))
    store.close()
    home = tmp_path / "home"
    backup = home / "state.db.backups" / "shop.prod-000000001.db"
    (home / "state.db").write_bytes(backup.read_bytes())
    with open_store(home) as again:
        with pytest.raises(StateError, match="older than the one last used") as caught:
            again.stack(NAME)
        assert caught.value.hint is not None
        mark = Path(caught.value.hint.rpartition("rm ")[2])
        mark.unlink()
        assert [record.urn.name for record in again.stack(NAME).resources()] == ["web"]


def test_backups_are_bounded(state: StackState, tmp_path: Path) -> None:
    for number in range(8):
        commit(state, Changes(put=(resource(f"web{number}"),)))
    names = sorted(path.name for path in (tmp_path / "home" / "state.db.backups").iterdir())
    assert names == [f"shop.prod-{serial:09}.db" for serial in range(3, 8)]


def test_merged_changes_do_what_both_did(state: StackState) -> None:
    a, b, op = resource("a"), resource("b"), operation("a")
    first = Changes(begin=(op,), put=(a, b), outputs={"x": 1})
    second = Changes(end=(op.id,), put=(resource("a", row=a.row, id="2"),), remove=(b.row,), outcomes={op.id: "failed"})
    third = Changes(put=(b,))
    commit(state, first.merged(second).merged(third))
    assert {(record.urn.name, record.id) for record in state.resources()} == {("a", "2"), ("b", "id-b")}
    assert state.outputs() == {"x": 1}
    assert state.history()[0].outcome == "failed"
    assert not Changes() and first and Changes(outputs={})


def test_a_damaged_stack_can_be_begun_anew(state: StackState, store: StateStore) -> None:
    commit(state, Changes(put=(resource("web"),)))
    damaged = sqlite3.connect(store.place)
    damaged.execute("UPDATE resource SET inputs = '{'")
    damaged.execute("UPDATE stack SET outputs = '{'")
    damaged.commit()
    damaged.close()
    with pytest.raises(StateError, match="damaged"):
        store.stack(NAME)
    fresh = store.reset_stack(NAME)
    assert fresh.resources() == []
    commit(fresh, Changes(put=(resource("web"),)))
    assert (Path(store.place).with_name("state.db.backups") / f"set-aside-{state.uid}.db").exists()
    with fresh.acquire(holder="me", wait=0), pytest.raises(LeaseHeldError):
        store.reset_stack(NAME)


class FakeBreak:
    """The connection breaks in the first write: as it begins, before it is committed, or after."""

    def __init__(self, state: StackState, moment: str) -> None:
        self._write = state._database.write
        self._moment = moment

    @contextmanager
    def write(self) -> Iterator[Connection]:
        moment, self._moment = self._moment, "never"
        if moment == "begin":
            raise StateLostError("the connection broke")
        with self._write() as connection:
            yield connection
            if moment == "commit":
                raise StateLostError("the connection broke")
        if moment == "answer":
            raise StateLostError("the connection broke")


@pytest.mark.parametrize("moment", ["begin", "commit", "answer"])
def test_a_write_in_which_the_connection_breaks_happens_once(
    state: StackState, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    web = resource("web")
    with state.acquire(holder="me", wait=0) as lease:
        state.commit(Changes(put=(resource("net"),)), lease)
        monkeypatch.setattr(state._database, "write", FakeBreak(state, moment).write)
        assert state.commit(Changes(put=(web,)), lease) == 2
        assert state.commit(Changes(remove=(web.row,)), lease) == 3
    assert [each.urn.name for each in state.resources()] == ["net"]


@pytest.mark.parametrize("more", [1, 2])
def test_another_s_commit_is_not_taken_for_one_s_own(
    state: StackState, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, more: int
) -> None:
    """With the very serial that was to be written, or a later one, while the connection was gone."""
    with open_store(tmp_path / "home") as theirs, state.acquire(holder="me", wait=0) as lease:
        state.commit(Changes(put=(resource("net"),)), lease)
        state.unlock()
        other = theirs.stack(NAME)
        for number in range(more):
            commit(other, Changes(put=(resource(f"theirs-{number}"),)))
        monkeypatch.setattr(state._database, "write", FakeBreak(state, "begin").write)
        with pytest.raises(LeaseLostError):
            state.commit(Changes(put=(resource("mine"),)), lease)
        assert "mine" not in {each.urn.name for each in other.resources()}
