from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from tests.states import NAME, commit, open_store, resource

from virtwright.engine.state import tables, versions
from virtwright.engine.state.database import Database
from virtwright.engine.state.records import Changes
from virtwright.engine.state.traits import Traits
from virtwright.errors import StateError


def _add_column(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE resource ADD COLUMN note TEXT"))


def _fail(connection: Connection) -> None:
    _add_column(connection)
    raise RuntimeError("half-way")


@pytest.fixture
def database(tmp_path: Path) -> Database:
    with open_store(tmp_path) as store:
        commit(store.stack(NAME, create=True), Changes(put=(resource("web"),)))
    return Database(tmp_path / "state.db")


def _columns(database: Database) -> set[str]:
    with database.read() as connection:
        return {row.name for row in connection.execute(text("SELECT name FROM pragma_table_info('resource')"))}


def test_an_older_database_is_brought_up_after_a_backup(database: Database) -> None:
    versions.prepare(database, {tables.VERSION: _add_column}, goal=tables.VERSION + 1)
    assert "note" in _columns(database)
    with pytest.raises(StateError, match="newer virtwright"):
        versions.prepare(database)
    before = Database(database.path.with_name("state.db.backups") / f"before-version-{tables.VERSION + 1}.db")
    versions.prepare(before)
    assert "note" not in _columns(before)
    before.close()
    database.close()


def test_a_failed_migration_changes_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError, match="half-way"):
        versions.prepare(database, {tables.VERSION: _fail}, goal=tables.VERSION + 1)
    assert "note" not in _columns(database)
    versions.prepare(database)
    database.close()


def test_a_database_from_before_traits_is_read_as_it_was(database: Database, tmp_path: Path) -> None:
    with database.write() as connection:
        connection.execute(text("ALTER TABLE resource DROP COLUMN traits"))
        connection.execute(text("UPDATE virtwright_version SET version = 1"))
    database.close()
    with open_store(tmp_path) as store:
        state = store.stack(NAME)
        commit(state, Changes(put=(resource("imported", traits=Traits(imported=True)),)))
        assert {record.urn.name: record.traits.imported for record in state.resources()} == {
            "web": False,
            "imported": True,
        }
