-- Indexes that are not valid and constraints that were never validated: schema and table, kind, how the other side is asked for the same, and
-- what mends it, and for an index that the other side does not have what removes it.
SELECT n.nspname, t.relname, 'index' AS kind, pg_catalog.format('%I.%I', n.nspname, x.relname) AS object, '' AS name,
       pg_catalog.format('REINDEX INDEX %I.%I', n.nspname, x.relname) AS command,
       pg_catalog.format('DROP INDEX %I.%I', n.nspname, x.relname) AS drop_command
  FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid AND x.relkind = 'i'
  JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid AND t.relpersistence <> 't'
  JOIN pg_catalog.pg_namespace AS n ON n.oid = x.relnamespace
 WHERE NOT i.indisvalid AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
UNION ALL
SELECT n.nspname, t.relname, 'constraint', pg_catalog.format('%I.%I', n.nspname, t.relname), k.conname,
       pg_catalog.format('ALTER TABLE %I.%I VALIDATE CONSTRAINT %I', n.nspname, t.relname, k.conname), ''
  FROM pg_catalog.pg_constraint AS k
  JOIN pg_catalog.pg_class AS t ON t.oid = k.conrelid AND t.relpersistence <> 't'
  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
   -- those that a foreign key to a partitioned table has for each partition are not marked when it is validated (before 18); 10 has none
 WHERE NOT k.convalidated AND COALESCE(pg_catalog.to_jsonb(k) ->> 'conparentid', '0') = '0' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
 ORDER BY 1, 2, 3, 4, 5
