from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, text
from tests.states import NAME, as_before_identities, commit, open_store, resource

from virtwright.engine.state import tables, versions
from virtwright.engine.state.database import Database
from virtwright.engine.state.records import Changes
from virtwright.engine.state.sqlite import SqliteBackend
from virtwright.engine.state.traits import Traits
from virtwright.errors import StateError

NEXT = "0005"


def _add_column(connection: Connection, goal: str) -> None:
    assert goal == NEXT
    connection.execute(text("ALTER TABLE resource ADD COLUMN note TEXT"))
    connection.execute(text(f"UPDATE alembic_version SET version_num = '{goal}'"))


def _fail(connection: Connection, goal: str) -> None:
    _add_column(connection, goal)
    raise RuntimeError("half-way")


@pytest.fixture
def database(tmp_path: Path) -> Database:
    with open_store(tmp_path) as store:
        commit(store.stack(NAME, create=True), Changes(put=(resource("web"),)))
    return Database(SqliteBackend(tmp_path / "state.db"))


def _columns(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.column("SELECT name FROM pragma_table_info('resource')"))


def test_an_older_database_is_brought_up_after_a_backup(database: Database) -> None:
    versions.prepare(database, _add_column, goal=NEXT)
    assert "note" in _columns(database)
    with pytest.raises(StateError, match="newer virtwright"):
        versions.prepare(database)
    before = Database(SqliteBackend(Path(database.place).with_name("state.db.backups") / f"before-version-{NEXT}.db"))
    versions.prepare(before)
    assert "note" not in _columns(before)
    before.close()
    database.close()


def test_a_failed_migration_changes_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError, match="half-way"):
        versions.prepare(database, _fail, goal=NEXT)
    assert "note" not in _columns(database)
    versions.prepare(database)
    database.close()


def test_a_database_from_before_traits_is_read_as_it_was(database: Database, tmp_path: Path) -> None:
    with database.write() as connection:
        as_before_identities(connection)
        connection.change("ALTER TABLE resource DROP COLUMN traits")
        connection.change("ALTER TABLE stack DROP COLUMN identity")
        connection.change("ALTER TABLE stack DROP COLUMN source")
        connection.change("DROP TABLE alembic_version")
        connection.change("CREATE TABLE virtwright_version (version INTEGER NOT NULL)")
        connection.change("INSERT INTO virtwright_version VALUES (1)")
    database.close()
    with open_store(tmp_path) as store:
        state = store.stack(NAME)
        assert state.identity == state.uid[:16]
        commit(state, Changes(put=(resource("imported", traits=Traits(imported=True)),)))
        assert {record.urn.name: record.traits.imported for record in state.resources()} == {
            "web": False,
            "imported": True,
        }


def test_revisions_lead_to_the_tables_that_a_new_database_has(database: Database) -> None:
    new = MetaData()
    with database.migrate() as connection:
        new.reflect(connection)
        connection.execute(text("ALTER TABLE resource DROP COLUMN traits"))
        connection.execute(text("ALTER TABLE stack DROP COLUMN identity"))
        connection.execute(text("ALTER TABLE stack DROP COLUMN source"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        assert compare_metadata(MigrationContext.configure(connection), new) != []
    versions.prepare(database)
    with database.migrate() as connection:
        assert compare_metadata(MigrationContext.configure(connection), new) == []
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == tables.VERSION
    database.close()
