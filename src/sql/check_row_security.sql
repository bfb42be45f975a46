-- Tables of which policies would show this role only a part.
SELECT c.oid, n.nspname || '.' || c.relname AS object
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND pg_catalog.row_security_active(c.oid)
 ORDER BY n.nspname, c.relname
