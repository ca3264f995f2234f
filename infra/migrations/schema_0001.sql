-- Scout's tables. One row per unit of work is the truth about a job; everything found is keyed by content.
CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE show (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL DEFAULT 'default',
    name text NOT NULL,
    place text,
    starts_on date,
    ends_on date,
    UNIQUE (tenant_id, name)
);

CREATE TABLE job (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL DEFAULT 'default',
    kind text NOT NULL DEFAULT 'match',
    state text NOT NULL DEFAULT 'submitted'
        CHECK (state IN ('submitted', 'running', 'done', 'partial', 'failed', 'cancelled')),
    title text NOT NULL,
    spec jsonb NOT NULL,                 -- the validated start-job request
    idempotency_key text,
    show_id uuid REFERENCES show,
    generation integer NOT NULL DEFAULT 1,
    catalogue_hash text,                 -- what the voting index was built from; set by vector_index
    incomplete boolean NOT NULL DEFAULT false,
    error jsonb,
    flow_run_id text,
    created_at timestamptz NOT NULL DEFAULT now(),
    picked_up_at timestamptz,            -- when root units were inserted
    finished_at timestamptz,
    UNIQUE (tenant_id, idempotency_key)
);
CREATE INDEX job_open ON job (created_at) WHERE state IN ('submitted', 'running');
CREATE INDEX job_recent ON job (tenant_id, created_at DESC, id);

CREATE TABLE unit (
    job_id uuid NOT NULL REFERENCES job ON DELETE CASCADE,
    stage text NOT NULL,
    key text NOT NULL,
    tenant_id text NOT NULL DEFAULT 'default',
    scope text NOT NULL,                 -- 'catalogue', or 'medium:<key of the root unit>'
    generation integer NOT NULL DEFAULT 1,
    payload jsonb NOT NULL,              -- the event's data
    state text NOT NULL DEFAULT 'pending'
        CHECK (state IN ('waiting', 'pending', 'running', 'done', 'failed', 'skipped', 'cancelled')),
    blocking boolean NOT NULL DEFAULT true,
    attempt integer NOT NULL DEFAULT 0,
    fence integer NOT NULL DEFAULT 0,
    lease_until timestamptz,
    not_before timestamptz,
    published_at timestamptz,
    error jsonb,                         -- {kind, message, hint}
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    cpu_s double precision NOT NULL DEFAULT 0,  -- CPU seconds of its worker, over all attempts
    PRIMARY KEY (job_id, stage, key)
);
-- the keeper's question: the next units of a stage of one job, oldest first
CREATE INDEX unit_pending ON unit (job_id, stage, created_at, key) WHERE state = 'pending' AND published_at IS NULL;
CREATE INDEX unit_not_blocking ON unit (job_id) WHERE NOT blocking AND state = 'pending' AND published_at IS NULL;
CREATE INDEX unit_in_flight ON unit (stage, published_at) WHERE state IN ('pending', 'running') AND published_at IS NOT NULL;
CREATE INDEX unit_active ON unit (job_id, scope, stage) WHERE state IN ('waiting', 'pending', 'running');

CREATE TABLE job_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id text NOT NULL DEFAULT 'default',
    job_id uuid NOT NULL REFERENCES job ON DELETE CASCADE,
    type text NOT NULL,                  -- job.started, job.progress, match.result.enriched ...
    data jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX job_event_of ON job_event (job_id, id);

CREATE TABLE job_issue (                 -- what was wrong with the input, without failing a unit
    job_id uuid NOT NULL REFERENCES job ON DELETE CASCADE,
    tenant_id text NOT NULL DEFAULT 'default',
    generation integer NOT NULL DEFAULT 1,
    severity text NOT NULL CHECK (severity IN ('warning', 'error')),
    subject text NOT NULL,               -- file, line or sku
    message text NOT NULL,
    hint text NOT NULL DEFAULT '',
    PRIMARY KEY (job_id, subject, message)
);

CREATE TABLE asset (                     -- a stored blob, by content
    tenant_id text NOT NULL DEFAULT 'default',
    sha256 text NOT NULL,
    media_type text NOT NULL,
    bytes bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, sha256)
);
CREATE TABLE asset_ref (
    tenant_id text NOT NULL DEFAULT 'default',
    sha256 text NOT NULL,
    job_id uuid NOT NULL REFERENCES job ON DELETE CASCADE,
    PRIMARY KEY (job_id, sha256)
);

CREATE TABLE product (
    id uuid PRIMARY KEY,                 -- uuid5(tenant, sku)
    tenant_id text NOT NULL DEFAULT 'default',
    sku text NOT NULL,
    title text NOT NULL,
    brand text,
    category text,
    family text,
    price numeric,
    currency text,
    barcode text,
    extra jsonb NOT NULL DEFAULT '{}',
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, sku)
);
CREATE TABLE job_product (
    job_id uuid NOT NULL REFERENCES job ON DELETE CASCADE,
    tenant_id text NOT NULL DEFAULT 'default',
    product_id uuid NOT NULL REFERENCES product,
    position integer NOT NULL,           -- line of the catalogue
    PRIMARY KEY (job_id, product_id)
);
CREATE TABLE job_product_image (
    job_id uuid NOT NULL REFERENCES job ON DELETE CASCADE,
    tenant_id text NOT NULL DEFAULT 'default',
    product_id uuid NOT NULL REFERENCES product,
    position integer NOT NULL,
    image_sha256 text NOT NULL,          -- the prepared picture (rotated, on white, trimmed) as an asset
    source text NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    warnings jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (job_id, product_id, position)
);

CREATE TABLE medium (
    id uuid PRIMARY KEY,                 -- uuid5(tenant, sha256)
    tenant_id text NOT NULL DEFAULT 'default',
    sha256 text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('video', 'photo')),
    media_type text NOT NULL,
    duration_s double precision NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    fps double precision,
    codec text,
    captured_at timestamptz,
    poster_sha256 text,
    info jsonb NOT NULL DEFAULT '{}',
    UNIQUE (tenant_id, sha256)
);
CREATE TABLE job_medium (
    job_id uuid NOT NULL REFERENCES job ON DELETE CASCADE,
    tenant_id text NOT NULL DEFAULT 'default',
    medium_id uuid NOT NULL REFERENCES medium,
    scope text NOT NULL,                 -- the unit scope that ingests it
    uri text NOT NULL,                   -- local path, or blob:<sha256> for what was fetched or uploaded
    name text NOT NULL,                  -- as the user wrote it
    PRIMARY KEY (job_id, medium_id, uri)
);
CREATE TABLE segment (                   -- a segment whose keyframes are complete
    tenant_id text NOT NULL DEFAULT 'default',
    medium_id uuid NOT NULL REFERENCES medium,
    sampler text NOT NULL,               -- version and density of the keyframe sampler
    start_s double precision NOT NULL,
    end_s double precision NOT NULL,
    damage text,                         -- what could not be decoded
    PRIMARY KEY (medium_id, sampler, start_s)
);
CREATE TABLE keyframe (
    tenant_id text NOT NULL DEFAULT 'default',
    medium_id uuid NOT NULL REFERENCES medium,
    sampler text NOT NULL,
    time_ms integer NOT NULL,
    time_s double precision NOT NULL,
    image_sha256 text NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    sharpness real NOT NULL,
    shot integer NOT NULL,
    PRIMARY KEY (medium_id, sampler, time_ms)
);

CREATE TABLE feature (                   -- local features of an image, as a blob
    tenant_id text NOT NULL DEFAULT 'default',
    image_sha256 text NOT NULL,
    role text NOT NULL CHECK (role IN ('product', 'frame')),
    extractor text NOT NULL,             -- name:version
    blob_key text NOT NULL,
    keypoints integer NOT NULL,
    PRIMARY KEY (tenant_id, image_sha256, role, extractor)
);
CREATE TABLE item_vector (                  -- embeddings; models never mix
    tenant_id text NOT NULL DEFAULT 'default',
    kind text NOT NULL CHECK (kind IN ('product_image', 'region')),
    item text NOT NULL,                  -- sha256 of the product image, or id of the match
    model text NOT NULL,                 -- name:version
    embedding halfvec NOT NULL,
    PRIMARY KEY (tenant_id, kind, item, model)
);
CREATE TABLE catalogue_index (           -- voting indexes, one per catalogue version
    tenant_id text NOT NULL DEFAULT 'default',
    catalogue_hash text NOT NULL,
    version text NOT NULL,               -- extractor, embedder and index versions
    blob_key text NOT NULL,
    products integer NOT NULL,
    bytes bigint NOT NULL,
    PRIMARY KEY (tenant_id, catalogue_hash, version)
);

CREATE TABLE frame_result (              -- every detection in one frame, shared by jobs of the same catalogue version
    tenant_id text NOT NULL DEFAULT 'default',
    image_sha256 text NOT NULL,
    catalogue_hash text NOT NULL,
    matcher text NOT NULL,               -- version and options of the matcher
    result bytea NOT NULL,
    PRIMARY KEY (tenant_id, image_sha256, catalogue_hash, matcher)
);
CREATE TABLE medium_result (             -- what the matcher said of a whole medium
    job_id uuid NOT NULL REFERENCES job ON DELETE CASCADE,
    tenant_id text NOT NULL DEFAULT 'default',
    medium_id uuid NOT NULL REFERENCES medium,
    generation integer NOT NULL,
    candidates jsonb NOT NULL,           -- [{product_id, probability}], best first
    decoys jsonb NOT NULL,               -- probabilities of decoys that won a sighting
    decoy_scale double precision NOT NULL,  -- real pairs per decoy pair
    frames integer NOT NULL,
    PRIMARY KEY (job_id, medium_id)
);
CREATE TABLE match (                     -- a sighting
    id uuid PRIMARY KEY,                 -- uuid5 of job, medium, product or family, start
    tenant_id text NOT NULL DEFAULT 'default',
    job_id uuid NOT NULL REFERENCES job ON DELETE CASCADE,
    generation integer NOT NULL,
    medium_id uuid NOT NULL REFERENCES medium,
    product_id uuid REFERENCES product,  -- NULL: an honest tie, see family
    family uuid[] NOT NULL DEFAULT '{}',
    start_s double precision NOT NULL,
    end_s double precision NOT NULL,
    best_s double precision NOT NULL,
    probability double precision NOT NULL,
    sibling_risk double precision NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'accepted', 'rejected')),
    facings integer NOT NULL,
    frames integer NOT NULL,
    frame_sha256 text NOT NULL,          -- best keyframe
    image_sha256 text NOT NULL,          -- product picture that matched
    detection jsonb NOT NULL,            -- best detection: quad, homography, inlier points
    boxes jsonb NOT NULL,                -- [{time_s, frame, quad, inliers, probability}]
    signals jsonb NOT NULL,
    evidence_sha256 text,
    proof_sha256 text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX match_of_job ON match (job_id, probability DESC, id);
CREATE INDEX match_of_product ON match (product_id, probability DESC);
CREATE INDEX match_of_medium ON match (medium_id, start_s);
