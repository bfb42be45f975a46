SELECT c.oid, n.nspname || '.' || c.relname AS object, pg_catalog.format('ALTER TABLE %I.%I SET WITHOUT OIDS', n.nspname, c.relname) AS command
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND c.relhasoids AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
 ORDER BY n.nspname, c.relname
