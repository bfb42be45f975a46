-- Which table an index, a constraint that has an index, or a foreign key belongs to: (class, object) as pg_dump names them.
SELECT 1259 AS class, i.indexrelid AS object, i.indrelid AS table_oid
  FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
 WHERE c.relkind = 'r' AND i.indrelid >= 16384
UNION ALL
SELECT 2606, k.oid, k.conrelid
  FROM pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
 WHERE c.relkind = 'r' AND k.contype IN ('p', 'u', 'x', 'f') AND k.conrelid >= 16384
