-- The record of "identity fix"
SELECT r.relation::pg_catalog.int8 AS oid, n.nspname, c.relname, r.before, r.before_index, r.after, r.after_index
  FROM pgbaton.identity_change AS r
  LEFT JOIN pg_catalog.pg_class AS c ON c.oid = r.relation
  LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 ORDER BY n.nspname, c.relname, r.relation
