"""Alembic's revisions of the tables. Each runs in the transaction that the opener of the database began."""
