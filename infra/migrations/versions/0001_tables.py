"""The first tables."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the committed SQL as it stands."""
    script = Path(__file__).parents[1] / "schema_0001.sql"
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(script.read_text(encoding="utf-8"))


def downgrade() -> None:
    """There is nothing before the first tables."""
    op.execute("DROP SCHEMA public CASCADE")
    op.execute("CREATE SCHEMA public")
