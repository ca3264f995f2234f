"""Vectors of parts of keyframes, by learned models."""

from alembic import op

revision = "0003"
down_revision = "0002"

TABLES = """
CREATE TABLE frame_vector (              -- one row per region of a keyframe; models never mix
    tenant_id text NOT NULL DEFAULT 'default',
    image_sha256 text NOT NULL,
    model text NOT NULL,                 -- name:version
    region smallint NOT NULL,            -- number in the grid; 0 is the whole frame
    box real[] NOT NULL,                 -- left, top, right, bottom as fractions of the frame
    embedding halfvec NOT NULL,
    PRIMARY KEY (tenant_id, image_sha256, model, region)
);
CREATE INDEX keyframe_of_image ON keyframe (image_sha256);
CREATE INDEX job_product_image_of ON job_product_image (image_sha256);
"""


def upgrade() -> None:
    """Add the table, and the ways from a picture to the media and jobs it is of."""
    op.execute(TABLES)


def downgrade() -> None:
    """Forget the vectors."""
    op.execute("DROP TABLE frame_vector")
    op.execute("DROP INDEX keyframe_of_image")
    op.execute("DROP INDEX job_product_image_of")
