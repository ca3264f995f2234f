"""What people note beside a decision is sealed too, where results are."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add a place for sealed notes; open ones stay in `note`."""
    op.execute("ALTER TABLE review_decision ADD sealed_note jsonb")


def downgrade() -> None:
    """Forget sealed notes."""
    op.execute("ALTER TABLE review_decision DROP sealed_note")
