"""Run by Alembic for an upgrade: works in the transaction that it is handed."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
