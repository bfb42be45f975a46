SELECT c.oid, n.nspname || '.' || c.relname AS object
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind = 'f' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
 ORDER BY n.nspname, c.relname
