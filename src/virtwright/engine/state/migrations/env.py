"""Run by Alembic: revisions on the connection that the caller hands over. Without a command line of its own."""

from alembic import context

from virtwright.engine.state.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
