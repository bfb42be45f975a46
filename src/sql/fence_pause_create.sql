-- The point of no return, and what the read-only fence has changed: of a database at most one pause.
CREATE SCHEMA IF NOT EXISTS pgbaton;
CREATE TABLE IF NOT EXISTS pgbaton.fence (migration text PRIMARY KEY, closed_at timestamptz NOT NULL);
CREATE TABLE IF NOT EXISTS pgbaton.write_pause (
    id bigint PRIMARY KEY,
    migration text, -- NULL: by the command "writes pause"
    paused_at timestamptz NOT NULL,
    paused_by text NOT NULL,
    until timestamptz, -- when the server takes it back by itself; NULL: never
    is_final boolean NOT NULL DEFAULT false -- the point of no return is passed
);
CREATE TABLE IF NOT EXISTS pgbaton.write_pause_change (
    n integer NOT NULL,
    kind text NOT NULL, -- setting: default_transaction_read_only of the database (role 0) or of a role in it; granted, revoked: CONNECT
    role oid NOT NULL,
    before text, -- of a setting: its value, NULL if it had none; of a revoked grant: "grantable" if with grant option
    PRIMARY KEY (kind, role)
);
