-- What is in the way. $1 include, $2 exclude: relations that are left out may be there; with patterns, other kinds of objects too
WITH member AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend AS d WHERE d.deptype = 'e'
), schema AS (
    SELECT n.oid, n.nspname
      FROM pg_catalog.pg_namespace AS n
     WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
       AND NOT EXISTS (SELECT FROM member AS m WHERE m.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND m.objid = n.oid)
), other AS (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS classid, c.oid, c.relnamespace AS schema_oid, c.relname::text AS name
      FROM pg_catalog.pg_class AS c
     WHERE c.relkind = 'S' AND c.relpersistence <> 't'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i'))
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, p.pronamespace, p.proname || '()' FROM pg_catalog.pg_proc AS p
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, t.typnamespace, t.typname
      FROM pg_catalog.pg_type AS t
      LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
     WHERE t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c'
    UNION ALL
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, s.oid, NULL, s.nspname FROM schema AS s WHERE s.nspname <> 'public'
)
SELECT s.nspname || '.' || c.relname AS object
  FROM pg_catalog.pg_class AS c
  JOIN schema AS s ON s.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relpersistence <> 't'
   AND NOT EXISTS (SELECT FROM member AS m WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND m.objid = c.oid)
   AND (pg_catalog.jsonb_array_length($1::pg_catalog.jsonb) = 0
        OR EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb) AS p
                    WHERE s.nspname LIKE p.value ->> 0 AND c.relname LIKE p.value ->> 1))
   AND NOT EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($2::pg_catalog.jsonb) AS p
                    WHERE s.nspname LIKE p.value ->> 0 AND c.relname LIKE p.value ->> 1)
UNION ALL
SELECT COALESCE(s.nspname || '.', '') || o.name
  FROM other AS o
  LEFT JOIN schema AS s ON s.oid = o.schema_oid
 WHERE (o.schema_oid IS NULL OR s.oid IS NOT NULL)
   AND NOT EXISTS (SELECT FROM member AS m WHERE m.classid = o.classid AND m.objid = o.oid)
   AND pg_catalog.jsonb_array_length($1::pg_catalog.jsonb) = 0 AND pg_catalog.jsonb_array_length($2::pg_catalog.jsonb) = 0
 ORDER BY 1
