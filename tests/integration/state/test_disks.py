"""Class H of the bad inputs: a disk that fills up, a disk that can only be read, a database that stays locked."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fake_provider import FakeWorld
from tests.programs import Item, ListProgram
from tests.states import NAME, commit, open_store, resource

from virtwright.engine.api import Engine
from virtwright.engine.events import Event, StepFailed
from virtwright.engine.state import sqlite
from virtwright.engine.state.records import Changes
from virtwright.engine.state.store import StateStore
from virtwright.errors import StateError

pytestmark = [pytest.mark.root]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    home = tmp_path / "small"
    home.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "virtwright-test", str(home)], check=True)
    yield home
    subprocess.run(["umount", str(home)], check=True)


def test_a_full_disk_stops_the_run_and_loses_nothing(small: Path) -> None:
    committed = []
    with open_store(small) as store:
        state = store.stack(NAME, create=True)
        with state.acquire(holder="me", wait=0) as lease:
            with pytest.raises(StateError, match="disk is full") as caught:
                for number in range(10_000):
                    state.commit(Changes(put=(resource(f"r{number:05}", inputs={"x": "y" * 2000}),)), lease)
                    committed.append(f"r{number:05}")
            assert "what was committed is safe" in (caught.value.hint or "")
            assert [record.urn.name for record in state.resources()] == committed
    with open_store(small) as store:
        assert [record.urn.name for record in store.stack(NAME).resources()] == committed
    assert len(committed) > 50


def test_a_run_goes_on_when_there_is_space_again(small: Path) -> None:
    ballast = small / "ballast"
    with open_store(small) as store:
        state = store.stack(NAME, create=True)
        with state.acquire(holder="me", wait=0) as lease:
            state.commit(Changes(put=(resource("first"),)), lease)
            with pytest.raises(OSError, match="No space"), ballast.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(4096))
            big = Changes(put=tuple(resource(f"r{number}", inputs={"x": "y" * 4000}) for number in range(20)))
            with pytest.raises(StateError, match="disk is full"):
                state.commit(big, lease)
            ballast.unlink()
            state.commit(big, lease)
        assert len(state.resources()) == 21


def test_a_run_whose_disk_fills_up_is_finished_by_the_next_one(small: Path) -> None:
    labels = {f"label{number}": "x" * 250 for number in range(100)}
    program = ListProgram(*(Item("Network", f"n{number}", {"labels": labels}) for number in range(200)))
    world = FakeWorld()
    events: list[Event] = []
    with open_store(small) as store:
        assert not Engine(store, [events.append], opener=world.open).apply(program).succeeded
    assert any("disk is full" in event.problem.message for event in events if isinstance(event, StepFailed))
    made = len(world.objects())
    assert 0 < made < 200
    subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
    with open_store(small) as store:
        engine = Engine(store, opener=world.open)
        assert engine.apply(program).succeeded
        assert len(world.objects()) == 200, "what was made before its result could be written was found again"
        assert not engine.plan(program).changes
        assert store.stack(program.name).open_operations() == []


def test_a_full_disk_at_the_start_is_told(small: Path) -> None:
    with pytest.raises(OSError, match="No space"), (small / "ballast").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    with open_store(small) as store, pytest.raises(StateError, match=r"disk is full|No space left"):
        store.stack(NAME, create=True)


def test_a_disk_that_is_full_between_two_runs_is_told_as_full(small: Path) -> None:
    """SQLite then can't make the index of its log, and calls that an error of the disk."""
    with open_store(small) as store:
        commit(store.stack(NAME, create=True), Changes(put=(resource("web"),)))
    with pytest.raises(OSError, match="No space"), (small / "ballast").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    with pytest.raises(StateError, match="disk is full"):
        open_store(small)
    (small / "ballast").unlink()
    with open_store(small) as store:
        assert [record.urn.name for record in store.stack(NAME).resources()] == ["web"]


def test_a_read_only_disk_can_be_read_and_refuses_changes(small: Path) -> None:
    with open_store(small) as store:
        commit(store.stack(NAME, create=True), Changes(put=(resource("web"),)))
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    with open_store(small) as store:
        state = store.stack(NAME)
        assert [record.urn.name for record in state.resources()] == ["web"]
        with pytest.raises(StateError, match="read-only"):
            state.acquire(holder="me", wait=0)


def test_an_empty_read_only_disk_is_told(small: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    with open_store(small) as store:
        assert store.stacks() == []
        with pytest.raises(StateError, match="Read-only file system"):
            store.stack(NAME, create=True)


def test_a_database_locked_by_another_process_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    monkeypatch.setattr(sqlite, "_BUSY_SECONDS", 0.2)
    with open_store(tmp_path) as store:
        state = store.stack(NAME, create=True)
        other = sqlite3.connect(store.place, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            assert state.resources() == [], "reading goes on"
            with pytest.raises(StateError, match="another process keeps it locked"):
                state.acquire(holder="me", wait=0)
        finally:
            other.close()
        commit(state, Changes(put=(resource("web"),)))


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "state.db").mkdir()
    with pytest.raises(StateError, match="Is a directory"):
        open_store(tmp_path)


def test_another_database_is_refused(tmp_path: Path) -> None:
    import sqlite3

    other = sqlite3.connect(tmp_path / "state.db")
    other.execute("CREATE TABLE mine (x)")
    other.close()
    with pytest.raises(StateError, match="belongs to another program"):
        open_store(tmp_path)


@pytest.mark.parametrize(
    ("version", "message"), [("9999", "newer virtwright"), ("0000", "has no version"), ("x", "no version")]
)
def test_a_version_that_is_not_known_is_refused(tmp_path: Path, version: object, message: str) -> None:
    import sqlite3

    with open_store(tmp_path) as store:
        store.stack(NAME, create=True)
    database = sqlite3.connect(tmp_path / "state.db")
    database.execute("UPDATE alembic_version SET version_num = ?", (version,))
    database.commit()
    database.close()
    before = (tmp_path / "state.db").read_bytes()
    with pytest.raises(StateError, match=message):
        open_store(tmp_path)
    assert (tmp_path / "state.db").read_bytes() == before


def test_a_url_of_another_database_is_refused(tmp_path: Path) -> None:
    from tests.states import keys_in

    with pytest.raises(StateError, match="can't keep states in mysql"):
        StateStore.open("mysql://user:hunter2@host/db", keys_in(tmp_path))
