"""The SQL store: one set of statements for SQLite and PostgreSQL."""
