"""A product is found by words of its title and by its barcode: which product explains a label?"""

from alembic import op

revision = "0007"
down_revision = "0006"

INDEXES = """
CREATE INDEX product_words ON product USING gin (to_tsvector('simple', title || ' ' || coalesce(brand, '')));
CREATE INDEX product_gtin ON product (tenant_id, lpad(regexp_replace(barcode, '[^0-9]', '', 'g'), 14, '0'))
    WHERE barcode IS NOT NULL;
"""


def upgrade() -> None:
    """Add the indexes."""
    op.execute(INDEXES)


def downgrade() -> None:
    """Search without them."""
    op.execute("DROP INDEX product_words, product_gtin")
