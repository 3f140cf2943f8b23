"""Class H of the bad inputs on a server: its clock moves, it can only be read, it never answers; machines of a team race."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.bad_line import BadLine
from tests.postgresql_lab import Server
from tests.states import NAME, commit, keys_in, open_store, resource

from virtwright.engine.state import answering, postgresql
from virtwright.engine.state.records import Changes
from virtwright.engine.state.store import StateStore
from virtwright.errors import LeaseHeldError, LeaseLostError, StateError

pytestmark = [pytest.mark.root, pytest.mark.usefixtures("location")]
Sql = Callable[[str], str]


@pytest.fixture
def sql(server: Server, location: str) -> Sql:
    """Typed by an administrator into this test's database."""
    database = location.rpartition("/")[2]
    return Server(server.folder, server.port, database).sql


@pytest.mark.parametrize("moved", [36_000, -36_000], ids=["back", "forward"])
def test_a_clock_that_moves_holds_nobody_up_and_the_old_holder_can_write_nothing(
    tmp_path: Path, sql: Sql, moved: int
) -> None:
    """A lease lasts as long as the server's clock says: ten hours more, or less, than was meant."""
    with open_store(tmp_path / "one") as one, open_store(tmp_path / "two") as two:
        mine, theirs = one.stack(NAME, create=True), two.stack(NAME)
        with mine.acquire(holder="one", wait=5, ttl=30) as lease:
            with pytest.raises(LeaseHeldError):
                theirs.acquire(holder="two", wait=0)
            sql(f"UPDATE virtwright.lease SET expires = expires + ({moved})")
            with theirs.acquire(holder="two", wait=0) as other:
                theirs.commit(Changes(put=(resource("theirs"),)), other)
            with pytest.raises(LeaseLostError):
                mine.commit(Changes(put=(resource("mine"),)), lease)
        assert [each.urn.name for each in theirs.resources()] == ["theirs"]


def test_a_holder_on_another_machine_that_was_killed_is_followed_when_its_lease_runs_out(
    tmp_path: Path, sql: Sql
) -> None:
    with open_store(tmp_path) as store:
        state = store.stack(NAME, create=True)
        gone = state.acquire(holder="ann@build", wait=5, ttl=600)
        sql("""UPDATE virtwright.lease SET process = '{"boot": "b", "pid_namespace": "p", "pid": 1, "started": "2"}'""")
        with pytest.raises(LeaseHeldError, match="ann@build"):
            state.acquire(holder="me", wait=0)
        sql("UPDATE virtwright.lease SET expires = extract(epoch FROM clock_timestamp()) + 1")
        with state.acquire(holder="me", wait=60) as lease:
            state.commit(Changes(put=(resource("mine"),)), lease)
        with pytest.raises(LeaseLostError):
            state.commit(Changes(), gone)
        gone.release()


def test_a_server_that_can_only_be_read_is_read_and_told(tmp_path: Path, sql: Sql, location: str) -> None:
    with open_store(tmp_path) as store:
        commit(store.stack(NAME, create=True), Changes(put=(resource("web"),)))
    sql(f"ALTER DATABASE {location.rpartition('/')[2]} SET default_transaction_read_only = on")
    with open_store(tmp_path) as store:
        state = store.stack(NAME)
        assert [each.urn.name for each in state.resources()] == ["web"]
        with pytest.raises(StateError, match="it is read-only") as raised:
            state.acquire(holder="me", wait=0)
        assert "not a standby" in (raised.value.hint or "")


def test_a_server_that_never_answers_is_given_up(
    tmp_path: Path, location: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is alive, and what is sent is taken; a server that hangs looks like that."""
    monkeypatch.setattr("virtwright.engine.state.stack._PATIENCE", 0.5)
    monkeypatch.setitem(postgresql._CONNECTION, "connect_timeout", 2)
    with BadLine(server.port) as line:
        url = location.replace(f":{server.port}/", f":{line.port}/")
        with StateStore.open(url, keys_in(tmp_path)) as store:
            state = store.stack(NAME, create=True)
            lease = state.acquire(holder="me", wait=5, ttl=2, backup=False)
            state.commit(Changes(put=(resource("before"),)), lease)
            monkeypatch.setattr(answering, "LONGEST", 1.0)
            line.swallows.set()
            with pytest.raises(StateError, match="can't reach the state database") as raised:
                state.commit(Changes(put=(resource("during"),)), lease)
            assert raised.value.hint
            line.cut()
            line.swallows.clear()
            lease.release()
    with open_store(tmp_path) as store, store.stack(NAME).acquire(holder="next", wait=60) as lease:
        fresh = store.stack(NAME)
        assert [each.urn.name for each in fresh.resources()] == ["before"]
        fresh.commit(Changes(put=(resource("after"),)), lease)
