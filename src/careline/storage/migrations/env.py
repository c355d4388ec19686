"""What Alembic runs: every revision that is missing, in the one transaction of the connection it is given."""

from alembic import context

from careline.storage.sql.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
