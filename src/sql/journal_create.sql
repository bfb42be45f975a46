-- The journal, in the target database. Run in one transaction.
CREATE SCHEMA IF NOT EXISTS pgbaton;
COMMENT ON SCHEMA pgbaton IS 'journal of pgbaton; removed by: pgbaton cleanup';
CREATE TABLE IF NOT EXISTS pgbaton.migration (
    name text PRIMARY KEY,
    journal_version integer NOT NULL,
    source_dbname text NOT NULL,
    source_dboid oid NOT NULL,
    source_version integer NOT NULL,
    source_system_identifier text NOT NULL,
    target_system_identifier text NOT NULL,
    skipped_checks text NOT NULL,
    source_schema jsonb,                  -- fingerprint of every object when its DDL was read
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now()
);
CREATE TABLE IF NOT EXISTS pgbaton.step (
    migration text NOT NULL REFERENCES pgbaton.migration ON DELETE CASCADE,
    flow text NOT NULL,
    name text NOT NULL,
    state text NOT NULL CHECK (state IN ('begun', 'done', 'undone')),
    detail jsonb,
    begun_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    finished_at timestamptz,
    PRIMARY KEY (migration, flow, name)
);
CREATE TABLE IF NOT EXISTS pgbaton.replication_group (
    migration text NOT NULL REFERENCES pgbaton.migration ON DELETE CASCADE,
    id integer NOT NULL,
    name text NOT NULL,                   -- of its publication, slot and subscription
    state text NOT NULL CHECK (state IN ('creating', 'copying', 'copied', 'streaming')),
    consistent_lsn pg_lsn,
    snapshot text,                        -- as the keeper exported it; gone with the keeper
    PRIMARY KEY (migration, id)
);
CREATE TABLE IF NOT EXISTS pgbaton.relation (
    migration text NOT NULL REFERENCES pgbaton.migration ON DELETE CASCADE,
    id integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('table', 'recopied', 'large objects')),
    schema_name text NOT NULL,
    name text NOT NULL,
    source_oid oid NOT NULL,
    group_id integer,                     -- NULL: not planned yet, or not replicated
    heap_bytes bigint NOT NULL,
    table_bytes bigint NOT NULL,
    row_estimate bigint NOT NULL,
    columns jsonb NOT NULL,               -- names of what is copied, in the source's order
    copy_options text NOT NULL,           -- of both COPY commands: format, encoding
    condition text,                       -- of an extension's configuration table: which rows are the user's
    chunks_left integer,                  -- NULL: not planned yet
    builds_left integer NOT NULL DEFAULT 0,
    rows_copied bigint NOT NULL DEFAULT 0,
    bytes_copied bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (migration, id),
    UNIQUE (migration, kind, schema_name, name)
);
CREATE TABLE IF NOT EXISTS pgbaton.work (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    migration text NOT NULL REFERENCES pgbaton.migration ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('extension', 'before data', 'chunk', 'index', 'analyze', 'after data', 'validation', 'at opening')),
    position integer NOT NULL,            -- order among those that are done one after the other
    relation_id integer,
    label text NOT NULL,                  -- for messages: TABLE "public"."t"
    weight bigint NOT NULL DEFAULT 0,     -- largest first
    first_page bigint,                    -- chunk: a range of the heap's pages, open where NULL
    end_page bigint,
    key_column text,                      -- or of the values of an integer key; NULL: of the OIDs of large objects
    first_key bigint,
    end_key bigint,
    sql text,
    is_ready boolean NOT NULL DEFAULT false, -- a worker may claim it
    is_done boolean NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS work_claim ON pgbaton.work (migration, weight DESC, id) WHERE is_ready AND NOT is_done;
CREATE INDEX IF NOT EXISTS work_todo ON pgbaton.work (migration, kind, position) WHERE NOT is_done;
CREATE INDEX IF NOT EXISTS work_relation ON pgbaton.work (migration, relation_id);
