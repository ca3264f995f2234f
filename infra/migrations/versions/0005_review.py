"""People judge what was read, backfills remember how far they are, results may be sealed."""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = """
CREATE TABLE observed_value (            -- what a reader said of a file; compared with the truth where that is known
    tenant_id text NOT NULL DEFAULT 'default',
    source_sha256 text NOT NULL,
    reader text NOT NULL,                -- 'routing', or the engine that was asked for
    reader_version text NOT NULL,        -- all engines that took part, with their versions
    page integer NOT NULL,
    field text NOT NULL,                 -- '': the file was read, whether anything was found or not
    role text NOT NULL CHECK (role IN ('champion', 'shadow')),
    engine text NOT NULL,                -- that read this value's words
    version text NOT NULL,               -- of that engine
    value jsonb,                         -- may be sealed
    confidence real NOT NULL,
    job_id uuid,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, source_sha256, reader, reader_version, page, field)
);

CREATE TABLE review_item (               -- one value, or one failed read, for a person to judge
    id uuid PRIMARY KEY,                 -- uuid5 of tenant, file, page, field, reader and its version
    tenant_id text NOT NULL DEFAULT 'default',
    source_sha256 text NOT NULL,
    source_name text NOT NULL DEFAULT '',
    job_id uuid,                         -- that asked for it; the item outlives it
    reason text NOT NULL CHECK (reason IN ('confidence', 'doubt', 'contradiction', 'failed', 'sample')),
    kind text NOT NULL,                  -- receipt, invoice, label, sign ...
    field text NOT NULL,                 -- '': the whole file
    page integer NOT NULL DEFAULT 1,
    box real[],                          -- left, top, right, bottom in the page's pixels
    value jsonb,                         -- as read; may be sealed; NULL: nothing was
    raw jsonb,                           -- the words it came from; may be sealed
    confidence real NOT NULL,
    reader text NOT NULL,
    engine text NOT NULL,
    version text NOT NULL,
    rule text NOT NULL,
    doubts jsonb NOT NULL DEFAULT '[]',
    state text NOT NULL DEFAULT 'open'
        CHECK (state IN ('open', 'accepted', 'corrected', 'entered', 'rejected', 'escalated')),
    truth jsonb,                         -- what the person said; may be sealed
    revision integer NOT NULL DEFAULT 1, -- raised by every decision; who decides names the one he saw
    created_at timestamptz NOT NULL DEFAULT now(),
    decided_at timestamptz,
    decided_by text
);
CREATE INDEX review_queue ON review_item (tenant_id, state, confidence, id);
CREATE INDEX review_recent ON review_item (tenant_id, created_at DESC, id);
CREATE INDEX review_of_source ON review_item (source_sha256, tenant_id);

CREATE TABLE review_decision (           -- who decided what, and when; never changed
    item_id uuid NOT NULL REFERENCES review_item ON DELETE CASCADE,
    revision integer NOT NULL,           -- that the item has since
    tenant_id text NOT NULL DEFAULT 'default',
    action text NOT NULL,
    value jsonb,                         -- may be sealed
    note text NOT NULL DEFAULT '',
    decided_by text NOT NULL,
    request_key text,                    -- the same key decides once
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (item_id, revision),
    UNIQUE (item_id, request_key)
);

CREATE TABLE ground_truth (              -- what a file really says, by a person
    tenant_id text NOT NULL DEFAULT 'default',
    source_sha256 text NOT NULL,
    page integer NOT NULL,
    field text NOT NULL,
    value jsonb,                         -- NULL: the field is not there; may be sealed
    printed jsonb,                       -- the words as they stand there; may be sealed
    box real[],
    kind text NOT NULL,
    item_id uuid,
    said_by text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, source_sha256, page, field)
);

CREATE TABLE proposal (                  -- a product that labels speak of and the catalogue does not know
    id uuid PRIMARY KEY,                 -- uuid5 of tenant and key
    tenant_id text NOT NULL DEFAULT 'default',
    key text NOT NULL,                   -- gtin:<14 digits>, or label:<brand, name and quantity>
    state text NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'accepted', 'rejected')),
    fields jsonb NOT NULL,               -- title, brand, barcode, price, currency, quantity ...
    confidence real NOT NULL,
    source_sha256 text NOT NULL,         -- the best picture of it so far
    page integer NOT NULL DEFAULT 1,
    box real[],
    picture_sha256 text,                 -- its cut-out
    job_id uuid,
    product_id uuid REFERENCES product ON DELETE SET NULL,
    revision integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    decided_at timestamptz,
    decided_by text,
    UNIQUE (tenant_id, key)
);
CREATE INDEX proposal_queue ON proposal (tenant_id, state, created_at DESC, id);
CREATE TABLE proposal_source (           -- every file that speaks of it
    proposal_id uuid NOT NULL REFERENCES proposal ON DELETE CASCADE,
    tenant_id text NOT NULL DEFAULT 'default',
    source_sha256 text NOT NULL,
    PRIMARY KEY (proposal_id, source_sha256)
);
CREATE TABLE product_event (             -- product.created, product.updated, in order
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id text NOT NULL DEFAULT 'default',
    type text NOT NULL,
    data jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE reader_choice (             -- which reader answers, which one reads in its shadow; the newest row counts
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id text NOT NULL DEFAULT 'default',
    champion text NOT NULL,
    shadow text NOT NULL DEFAULT '',
    share real NOT NULL DEFAULT 0,
    chosen_by text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE data_key (                  -- what the results and derived files of a job or backfill are sealed with
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL DEFAULT 'default',
    owner_id uuid NOT NULL,              -- the job or backfill; what is shared outlives it
    master text NOT NULL,                -- name of the master key that wraps it
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, owner_id)
);

CREATE TABLE backfill (                  -- one run over a store; taken up again where it ended
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL DEFAULT 'default',
    source text NOT NULL,
    wanted jsonb NOT NULL,               -- filters and options
    fingerprint text NOT NULL,           -- of source and wanted: the same command goes on with the same run
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done')),
    cursor text,                         -- how far the source has been listed
    listed boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
CREATE UNIQUE INDEX backfill_open ON backfill (tenant_id, fingerprint) WHERE state = 'running';
CREATE TABLE backfill_item (
    backfill_id uuid NOT NULL REFERENCES backfill ON DELETE CASCADE,
    item text NOT NULL,                  -- its id in the source
    tenant_id text NOT NULL DEFAULT 'default',
    name text NOT NULL,
    media_type text NOT NULL DEFAULT '',
    bytes bigint NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'failed')),
    attempt integer NOT NULL DEFAULT 0,
    sha256 text,
    error jsonb,                         -- {message, hint}
    took_s double precision NOT NULL DEFAULT 0,
    finished_at timestamptz,
    PRIMARY KEY (backfill_id, item)
);
CREATE INDEX backfill_item_open ON backfill_item (backfill_id, item) WHERE state = 'pending';
CREATE INDEX backfill_item_of ON backfill_item (sha256, tenant_id);

ALTER TABLE asset ADD unreferenced_at timestamptz;  -- since when no job needs it
"""


def upgrade() -> None:
    """Add the tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Forget judgements, proposals and backfills; what was sealed stays closed."""
    op.execute("ALTER TABLE asset DROP unreferenced_at")
    op.execute("""
        DROP TABLE backfill_item, backfill, data_key, reader_choice, product_event, proposal_source, proposal,
                   ground_truth, review_decision, review_item, observed_value
    """)
