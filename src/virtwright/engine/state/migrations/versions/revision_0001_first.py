"""The first form of the tables. A new database is made from ``tables.py`` in its newest form, never through revisions."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """What lies before this was no database of ours."""
