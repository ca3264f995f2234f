"""Which jobs searched a medium? Asked for each sighting of the rollup, and for what a purge may take."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the index."""
    op.execute("CREATE INDEX job_medium_of ON job_medium (medium_id)")


def downgrade() -> None:
    """Ask without it."""
    op.execute("DROP INDEX job_medium_of")
