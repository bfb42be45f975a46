-- Columns that the target cannot compare: with REPLICA IDENTITY FULL and no key, apply looks for a row that is equal in all columns, by the
-- equality of the type's default btree or hash operator class (typcache.c, lookup_type_cache).
WITH RECURSIVE comparable AS (
    SELECT o.opcintype AS oid
      FROM pg_catalog.pg_opclass AS o
      JOIN pg_catalog.pg_am AS a ON a.oid = o.opcmethod
     WHERE o.opcdefault AND a.amname IN ('btree', 'hash')
), part_of (part, whole) AS (
    SELECT e.oid, e.typarray FROM pg_catalog.pg_type AS e WHERE e.typarray <> 0
    UNION ALL
    SELECT d.typbasetype, d.oid FROM pg_catalog.pg_type AS d WHERE d.typtype = 'd'
    UNION ALL
    SELECT a.atttypid, t.oid
      FROM pg_catalog.pg_type AS t
      JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid AND c.relkind = 'c'
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
), incomparable AS (
    SELECT t.oid
      FROM pg_catalog.pg_type AS t
     WHERE t.typtype = 'b'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS e WHERE e.typarray = t.oid)
       AND t.oid NOT IN (SELECT c.oid FROM comparable AS c)
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_cast AS k
                        WHERE k.castsource = t.oid AND k.castmethod = 'b' AND k.castcontext = 'i'
                          AND k.casttarget IN (SELECT c.oid FROM comparable AS c))
    UNION
    SELECT p.whole FROM incomparable AS i JOIN part_of AS p ON p.part = i.oid
)
SELECT c.oid, n.nspname || '.' || c.relname || '.' || a.attname || ' (' || pg_catalog.format_type(a.atttypid, a.atttypmod) || ')' AS object,
       n.nspname || '.' || c.relname AS table_name
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.relreplident = 'f'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
   -- with a primary key on the target the row is found by that
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
                    WHERE i.indrelid = c.oid AND i.indisprimary AND i.indisvalid AND i.indimmediate)
   -- those are not compared
   AND COALESCE(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') = ''
   AND a.atttypid IN (SELECT i.oid FROM incomparable AS i)
 ORDER BY n.nspname, c.relname, a.attnum
