"""Run by Alembic: revisions on the connection that the caller hands over. Without a command line of its own."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
