-- Populated materialised views, each after those it reads (through views too).
WITH RECURSIVE edge AS (
    SELECT DISTINCT r.ev_class AS view_oid, d.refobjid AS reads_oid
      FROM pg_catalog.pg_rewrite AS r
      JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
                                    AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> r.ev_class
), depth AS (
    SELECT c.oid, 0 AS depth FROM pg_catalog.pg_class AS c WHERE c.relkind IN ('m', 'v')
    UNION
    SELECT e.view_oid, p.depth + 1 FROM depth AS p JOIN edge AS e ON e.reads_oid = p.oid WHERE p.depth < 100
)
SELECT n.nspname, c.relname
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN depth AS p ON p.oid = c.oid
 WHERE c.relkind = 'm' AND c.relispopulated AND n.nspname !~ '^pg_' AND n.nspname <> 'pgbaton'
 GROUP BY n.nspname, c.relname
 ORDER BY pg_catalog.max(p.depth), n.nspname, c.relname
