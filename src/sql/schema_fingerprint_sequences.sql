-- $1: include patterns, $2: exclude patterns (filter.h)
-- [catalog, oid, kind, schema, name, md5] of sequences: parameters, owner, grants, owning column; not the value. One owned by a table goes
-- with it.
SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8, c.oid::pg_catalog.int8, 'sequence', n.nspname, c.relname,
       pg_catalog.md5(ROW(
           pg_catalog.format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmax, s.seqmin, s.seqcache, s.seqcycle, c.relpersistence,
           pg_catalog.pg_get_userbyid(c.relowner),
           (SELECT pg_catalog.string_agg(u::text, ',' ORDER BY u::text COLLATE pg_catalog."C")
              FROM pg_catalog.unnest(COALESCE(c.relacl, pg_catalog.acldefault('s', c.relowner))) AS u),
           o.nspname, o.relname, o.attname, o.deptype)::text)
  FROM pg_catalog.pg_sequence AS s
  JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN LATERAL (
        SELECT tn.nspname, t.relname, a.attname, d.deptype
          FROM pg_catalog.pg_depend AS d
          JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid
          JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
          JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
         WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
           AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')
         LIMIT 1) AS o ON true
 WHERE c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND (o.relname IS NULL OR pg_catalog.jsonb_array_length($1::pg_catalog.jsonb) = 0
        OR EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb) AS p
                    WHERE o.nspname LIKE p.value ->> 0 AND o.relname LIKE p.value ->> 1))
   AND NOT EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($2::pg_catalog.jsonb) AS p
                    WHERE (n.nspname LIKE p.value ->> 0 AND c.relname LIKE p.value ->> 1)
                       OR (o.nspname LIKE p.value ->> 0 AND o.relname LIKE p.value ->> 1))
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
