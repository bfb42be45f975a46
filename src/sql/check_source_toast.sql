-- How much of what the copy has to move are large values stored aside.
SELECT COALESCE(pg_catalog.sum(pg_catalog.pg_relation_size(c.reltoastrelid)), 0)::bigint
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND c.reltoastrelid <> 0
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
