"""Alembic's environment: scout_common.db.migrate passes an open connection; there is no alembic.ini."""

from alembic import context
from sqlalchemy import text

LOCK = 7303014  # any number of our own: one migration at a time per database

connection = context.config.attributes["connection"]
context.configure(connection=connection, transaction_per_migration=False)
with context.begin_transaction():
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    context.run_migrations()
connection.commit()
