"""What was read from files, remembered by content; and the files that OCR jobs were asked to read."""

from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = """
CREATE TABLE reading (                   -- what was read from a file or picture; nothing is read twice
    id uuid PRIMARY KEY,                 -- uuid5 of tenant, sha256, options, version
    tenant_id text NOT NULL DEFAULT 'default',
    sha256 text NOT NULL,                -- of what was read
    options text NOT NULL,               -- hash of scout_ocr.reading.ReadOptions
    version text NOT NULL,               -- of the reader: changes whenever the same file may give another result
    result jsonb NOT NULL,               -- scout_ocr.reading_codec
    took_s double precision NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reading_of ON reading (sha256, tenant_id);

CREATE TABLE ocr_file (                  -- a file that a job of kind `ocr` was asked to read
    job_id uuid NOT NULL REFERENCES job ON DELETE CASCADE,
    position integer NOT NULL,           -- from 0, in the order of the request
    tenant_id text NOT NULL DEFAULT 'default',
    name text NOT NULL,                  -- as the user called it
    url text,                            -- where it is fetched from; NULL: it was uploaded
    sha256 text,                         -- its content, a blob; NULL until it is fetched
    media_type text NOT NULL DEFAULT '', -- found by content
    bytes bigint NOT NULL DEFAULT 0,
    reading_id uuid,                     -- of reading, once it is read
    PRIMARY KEY (job_id, position)
);
CREATE INDEX ocr_file_of ON ocr_file (sha256, tenant_id);

CREATE INDEX job_of_kind ON job (tenant_id, kind, created_at DESC, id);
CREATE INDEX asset_ref_of ON asset_ref (sha256, tenant_id);
"""


def upgrade() -> None:
    """Add the tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Forget what was read."""
    op.execute("DROP TABLE ocr_file, reading")
    op.execute("DROP INDEX job_of_kind, asset_ref_of")
