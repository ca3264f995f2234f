"""A segment says whether its signs were read, with which budget and in which keyframes."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add what is remembered: {version, budget_s, frames: [sha256]}; NULL: not read."""
    op.execute("ALTER TABLE segment ADD COLUMN signs jsonb")


def downgrade() -> None:
    """Forget it; what was read stays."""
    op.execute("ALTER TABLE segment DROP COLUMN signs")
