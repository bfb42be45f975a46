SELECT c.oid, n.nspname || '.' || x.relname AS object, pg_catalog.format('REINDEX INDEX %I.%I', n.nspname, x.relname) AS command
  FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid AND x.relkind = 'i'
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = x.relnamespace
 WHERE NOT i.indisvalid AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
 ORDER BY n.nspname, x.relname
