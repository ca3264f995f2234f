"""What was fetched from the web, and uploads in parts."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = """
CREATE TABLE web_copy (                  -- what an address gave last; asked again only for what has changed
    tenant_id text NOT NULL DEFAULT 'default',
    url text NOT NULL,
    etag text NOT NULL DEFAULT '',
    last_modified text NOT NULL DEFAULT '',
    sha256 text NOT NULL,                -- of the bytes that came
    media_type text NOT NULL DEFAULT '',
    final_url text NOT NULL,             -- after redirects
    checked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, url)
);
CREATE TABLE upload (                    -- a medium in parts; in the data folder until it is whole
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL DEFAULT 'default',
    name text NOT NULL,
    bytes bigint NOT NULL CHECK (bytes > 0),
    sha256 text,                         -- of the whole file, which is then a blob
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL      -- an unfinished one
);
CREATE INDEX upload_unfinished ON upload (expires_at) WHERE sha256 IS NULL;
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Copies are fetched again; what was uploaded stays in the blob store."""
    op.execute("DROP TABLE web_copy, upload")
