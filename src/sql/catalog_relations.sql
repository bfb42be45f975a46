-- Every ordinary table and leaf partition whose rows have to be moved, largest first.
-- $1: also extension members (false: only those whose extension declares them as configuration, with its condition)
WITH RECURSIVE base_type AS (
    -- a domain is sent as its base type
    SELECT t.oid AS type_oid, t.oid AS base_oid FROM pg_catalog.pg_type AS t WHERE t.typtype <> 'd'
    UNION ALL
    SELECT d.oid, b.base_oid FROM pg_catalog.pg_type AS d JOIN base_type AS b ON b.type_oid = d.typbasetype WHERE d.typtype = 'd'
), binary_safe AS (
    -- Stable OIDs are below 10000 (access/transam.h). reg* send an OID, which is another object on the target; arrays and composites send
    -- the OIDs of their types, so only those of built-in types are the same on both sides; an enum sends its label.
    SELECT b.type_oid
      FROM base_type AS b
      JOIN pg_catalog.pg_type AS t ON t.oid = b.base_oid
      LEFT JOIN pg_catalog.pg_type AS e ON e.oid = t.typelem AND t.typcategory = 'A'
     WHERE t.typtype = 'e'
        OR (t.oid < 10000 AND t.typtype IN ('b', 'r', 'm') AND t.typsend <> 0 AND t.typreceive <> 0
            AND t.typname !~ '^_?reg' AND t.typname !~ '^_?(aclitem|money|int2vector|oidvector)$'
            AND (e.oid IS NULL OR (e.typsend <> 0 AND e.typreceive <> 0)))
), configuration AS (
    SELECT u.relid AS oid, NULLIF(u.condition, '') AS condition
      FROM pg_catalog.pg_extension AS e,
           LATERAL ROWS FROM (pg_catalog.unnest(e.extconfig), pg_catalog.unnest(e.extcondition)) AS u (relid, condition)
)
SELECT c.oid, n.nspname, c.relname, c.relpersistence, c.relreplident,
       pg_catalog.pg_relation_size(c.oid) AS heap_bytes,
       pg_catalog.pg_table_size(c.oid) AS table_bytes,
       GREATEST(c.reltuples, 0)::bigint AS row_estimate,
       COALESCE(a.columns, '[]') AS columns,
       -- Our sessions speak UTF8, which lacks characters that other encodings have: text stays in the source's own.
       CASE WHEN pg_catalog.getdatabaseencoding() NOT IN ('UTF8', 'SQL_ASCII')
            THEN 'ENCODING ' || pg_catalog.quote_literal(pg_catalog.getdatabaseencoding())
            WHEN a.binary_safe THEN 'FORMAT binary'
            ELSE '' END AS copy_options,
       f.oid IS NOT NULL AS is_configuration,
       f.condition
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN configuration AS f ON f.oid = c.oid
  LEFT JOIN LATERAL (
        SELECT pg_catalog.json_agg(a.attname ORDER BY a.attnum)::text AS columns,
               pg_catalog.bool_and(a.atttypid IN (SELECT s.type_oid FROM binary_safe AS s)) AS binary_safe
          FROM pg_catalog.pg_attribute AS a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
           AND COALESCE(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') = '') AS a ON true
 WHERE c.relkind = 'r' AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND ($1 OR f.oid IS NOT NULL
        OR NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'))
 ORDER BY pg_catalog.pg_table_size(c.oid) DESC, n.nspname, c.relname
