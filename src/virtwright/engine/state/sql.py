"""Statements on a connection of a database's own driver (PEP 249), in the SQL that SQLite and PostgreSQL share.

Each value stands in a statement as ``:name``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

from virtwright.lazy_dataclasses import dataclass

Row = dict[str, Any]
"""By the name of the column."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a database has in a way of its own."""

    statement: Callable[[str], str] = str
    """From the form with ``:name`` to the driver's."""
    for_share: str = ""
    """After a query: who writes the rows that it found waits for this transaction. Needed where several write at a time."""
    for_update: str = ""
    """As ``for_share``, and who asks for the same waits too."""


SHARED: Final = Dialect()


class Connection:
    """One connection. What a driver raises passes through."""

    def __init__(self, driver: Any, dialect: Dialect = SHARED) -> None:
        self.driver = driver
        self.dialect = dialect

    def rows(self, statement: str, /, **values: Any) -> list[Row]:
        """All rows that a query finds."""
        cursor = self.driver.execute(self.dialect.statement(statement), values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, statement: str, /, **values: Any) -> Row | None:
        """The first row; None where there is none."""
        return next(iter(self.rows(statement, **values)), None)

    def value(self, statement: str, /, **values: Any) -> Any:
        """The first column of the first row; None where there is none."""
        row = self.driver.execute(self.dialect.statement(statement), values).fetchone()
        return None if row is None else row[0]

    def column(self, statement: str, /, **values: Any) -> list[Any]:
        """The first column of all rows."""
        return [row[0] for row in self.driver.execute(self.dialect.statement(statement), values).fetchall()]

    def pairs(self, statement: str, /, **values: Any) -> dict[Any, Any]:
        """The second column of all rows by the first."""
        return dict(self.driver.execute(self.dialect.statement(statement), values).fetchall())

    def change(self, statement: str, /, **values: Any) -> int:
        """Carry out a statement that is no query. Returns how many rows it changed, where that means something."""
        changed: int = self.driver.execute(self.dialect.statement(statement), values).rowcount
        return changed

    def change_all(self, statement: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """As ``change``, once for each of ``rows``."""
        self.driver.cursor().executemany(self.dialect.statement(statement), rows)

    @contextmanager
    def transaction(self, begin: str) -> Iterator[None]:
        """``begin`` is the statement that begins it; committed at the end, undone on an error."""
        self.change(begin)
        try:
            yield
            self.change("COMMIT")
        except BaseException:
            with suppress(Exception):  # the database may have ended it itself, or the connection be gone
                self.change("ROLLBACK")
            raise

    def close(self) -> None:
        with suppress(Exception):  # a connection that broke has nothing to close
            self.driver.close()
