"""Companies and booths of shows, where sightings stood, what their labels say; the words of what was read.

Its index and trigger on `reading` are in 0008 now, which makes them so that no text is too long for them."""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = """
CREATE TABLE company (
    id uuid PRIMARY KEY,                 -- uuid5 of tenant and folded name
    tenant_id text NOT NULL DEFAULT 'default',
    name text NOT NULL,
    country text NOT NULL DEFAULT '',
    url text NOT NULL DEFAULT ''
);
CREATE INDEX company_named ON company (tenant_id, lower(name));

CREATE TABLE booth (                     -- a number means something only within its show
    id uuid PRIMARY KEY,                 -- uuid5 of tenant, place, number
    tenant_id text NOT NULL DEFAULT 'default',
    show_id uuid REFERENCES show ON DELETE CASCADE,
    job_id uuid REFERENCES job ON DELETE CASCADE,  -- of a job that names no show: its own numbers
    number text NOT NULL,                -- as the sign writes it; '' where only the company is known
    hall text NOT NULL DEFAULT '',
    company_id uuid REFERENCES company,
    listed boolean NOT NULL DEFAULT false,  -- by an exhibitor list, not only by a sign
    CHECK ((show_id IS NULL) <> (job_id IS NULL))
);
CREATE INDEX booth_of_show ON booth (show_id, number);
CREATE INDEX booth_of_job ON booth (job_id, number);
CREATE INDEX booth_of_company ON booth (company_id);

CREATE TABLE exhibitor (                 -- a line of a show's exhibitor list
    show_id uuid NOT NULL REFERENCES show ON DELETE CASCADE,
    company_id uuid NOT NULL REFERENCES company,
    booth_id uuid NOT NULL REFERENCES booth ON DELETE CASCADE,
    tenant_id text NOT NULL DEFAULT 'default',
    PRIMARY KEY (show_id, company_id, booth_id)
);

CREATE TABLE booth_sighting (            -- where a sighting stood; no row: nothing says where
    match_id uuid PRIMARY KEY REFERENCES match ON DELETE CASCADE,
    tenant_id text NOT NULL DEFAULT 'default',
    job_id uuid NOT NULL REFERENCES job ON DELETE CASCADE,
    booth_id uuid NOT NULL REFERENCES booth ON DELETE CASCADE,
    company_id uuid REFERENCES company,
    confidence real NOT NULL,
    how text NOT NULL CHECK (how IN ('sign', 'near', 'products')),
    sign jsonb,                          -- {frame, medium_id, time_s, text, quad}: what says so
    captioned text NOT NULL DEFAULT ''   -- what the evidence picture says
);
CREATE INDEX booth_sighting_of ON booth_sighting (booth_id);
CREATE INDEX booth_sighting_of_job ON booth_sighting (job_id);
CREATE INDEX booth_sighting_of_company ON booth_sighting (company_id);

CREATE TABLE label_sighting (            -- what the label of a sighting says
    match_id uuid PRIMARY KEY REFERENCES match ON DELETE CASCADE,
    tenant_id text NOT NULL DEFAULT 'default',
    job_id uuid NOT NULL REFERENCES job ON DELETE CASCADE,
    text text NOT NULL,                  -- lines as read
    fields jsonb NOT NULL,               -- [{name, value, confidence, ...}]
    barcodes jsonb NOT NULL DEFAULT '[]',
    verdict text NOT NULL CHECK (verdict IN ('silent', 'agrees', 'contradicts')),
    reasons jsonb NOT NULL DEFAULT '[]', -- in words
    shift real NOT NULL DEFAULT 0,       -- logits that the label moved the probability by
    frame_sha256 text NOT NULL           -- the picture it was read in
);
CREATE INDEX label_sighting_of_job ON label_sighting (job_id);

CREATE TABLE reading_word (              -- every word that was read once, to find those nearly spelled so
    tenant_id text NOT NULL DEFAULT 'default',
    word text NOT NULL,
    grams text[] NOT NULL,
    PRIMARY KEY (tenant_id, word)
);
CREATE INDEX reading_word_grams ON reading_word USING gin (grams);

CREATE FUNCTION word_grams(word text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(DISTINCT substr(' ' || word || ' ', i, 3)) FROM generate_series(1, length(word)) AS i
$$;
"""


def upgrade() -> None:
    """Add the tables, and the parts of words that nearly the same words share."""
    op.execute(TABLES)


def downgrade() -> None:
    """Forget booths; readings stay."""
    op.execute("DROP FUNCTION word_grams")
    op.execute("DROP TABLE reading_word, label_sighting, booth_sighting, exhibitor, booth, company")
