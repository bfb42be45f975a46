SELECT c.oid, n.nspname || '.' || c.relname AS object
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND EXISTS (SELECT FROM pg_catalog.pg_constraint AS f
                WHERE f.conrelid = c.oid AND f.confrelid <> c.oid AND f.contype = 'f' AND f.conparentid = 0)
 ORDER BY 2
