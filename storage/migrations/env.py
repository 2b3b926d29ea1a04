"""Alembic's entry: it is handed a connection by `storage.database.migrate` and nothing else."""

from alembic import context

from storage.database import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata(), render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
