-- What "identity fix" has changed in this database, for "identity restore".
CREATE TABLE pgbaton.identity_change (
    relation oid PRIMARY KEY,
    before text NOT NULL, -- default, nothing, full, index
    before_index text, -- of index; NULL: it was gone
    after text NOT NULL,
    after_index text,
    changed_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    changed_by text NOT NULL DEFAULT session_user
)
