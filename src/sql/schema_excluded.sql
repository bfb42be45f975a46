-- $1: include patterns, $2: exclude patterns (filter.h)
-- Every object that is left out: the relations the patterns say, and whatever depends on them, as DROP … CASCADE would find it.
WITH RECURSIVE relation AS (
    SELECT c.oid, c.relkind, n.nspname, c.relname,
           EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb) AS p
                    WHERE n.nspname LIKE p.value ->> 0 AND c.relname LIKE p.value ->> 1) AS included,
           EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($2::pg_catalog.jsonb) AS p
                    WHERE n.nspname LIKE p.value ->> 0 AND c.relname LIKE p.value ->> 1) AS excluded
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
), root AS (
    SELECT r.oid
      FROM relation AS r
     WHERE r.excluded
        OR r.nspname = 'pgbaton'
        OR (r.relkind IN ('r', 'p', 'f') AND NOT r.included AND pg_catalog.jsonb_array_length($1::pg_catalog.jsonb) > 0)
), gone (classid, objid) AS (
    (SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, r.oid
       FROM root AS r
      UNION ALL
     -- whole schemas: what is in them depends on them
     SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass::pg_catalog.oid, n.oid
       FROM pg_catalog.pg_namespace AS n
      WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND (n.nspname = 'pgbaton'
             OR EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($2::pg_catalog.jsonb) AS p
                         WHERE n.nspname LIKE p.value ->> 0 AND p.value ->> 1 = '%')))
    UNION
    SELECT o.classid, o.objid
      FROM gone AS g
      JOIN pg_catalog.pg_depend AS d ON d.refclassid = g.classid AND d.refobjid = g.objid
      LEFT JOIN pg_catalog.pg_rewrite AS w
             ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND w.oid = d.objid AND w.rulename = '_RETURN'
     CROSS JOIN LATERAL (SELECT d.classid, d.objid
                         UNION ALL
                         SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, w.ev_class WHERE w.oid IS NOT NULL) AS o
)
SELECT g.classid::pg_catalog.int8, g.objid::pg_catalog.int8,
       r.oid IS NOT NULL AS is_root,
       r.oid IS NULL AND t.relkind IN ('r', 'p', 'f') AS is_wanted_table,
       t.nspname, t.relname
  FROM gone AS g
  LEFT JOIN root AS r ON g.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND r.oid = g.objid
  LEFT JOIN relation AS t ON g.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND t.oid = g.objid
 ORDER BY 1, 2
