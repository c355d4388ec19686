"""The schema's history, as Alembic revisions. `HEAD` is the newest, known without importing Alembic."""

from pathlib import Path

VERSIONS = Path(__file__).parent / "versions"
"""Files are called `v<revision>_<what it brings>.py`, their revisions counted in four digits."""

REVISIONS = tuple(sorted(file.name[1:5] for file in VERSIONS.glob("v[0-9][0-9][0-9][0-9]_*.py")))
HEAD = REVISIONS[-1]
