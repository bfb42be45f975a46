-- [catalog, oid, kind, schema, name, md5] of types and domains; not those that come with another object: rows of tables, arrays, multiranges.
-- OIDs below 16384 are initdb's (access/transam.h).
SELECT 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8, t.oid::pg_catalog.int8,
       CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, n.nspname, t.typname,
       pg_catalog.md5(ROW(
           t.typtype, pg_catalog.pg_get_userbyid(t.typowner),
           (SELECT pg_catalog.string_agg(u::text, ',' ORDER BY u::text COLLATE pg_catalog."C")
              FROM pg_catalog.unnest(COALESCE(t.typacl, pg_catalog.acldefault('T', t.typowner))) AS u),
           t.typlen, t.typbyval, t.typcategory, t.typispreferred, t.typisdefined, t.typdelim, t.typinput, t.typoutput, t.typreceive, t.typsend,
           t.typmodin, t.typmodout, t.typanalyze, pg_catalog.to_jsonb(t) ->> 'typsubscript', t.typalign, t.typstorage, t.typnotnull,
           pg_catalog.format_type(t.typelem, NULL), pg_catalog.format_type(t.typbasetype, t.typtypmod),
           (SELECT ROW(l.collnamespace::pg_catalog.regnamespace, l.collname)::text
              FROM pg_catalog.pg_collation AS l
             WHERE l.oid = t.typcollation),
           COALESCE(pg_catalog.pg_get_expr(t.typdefaultbin, 'pg_catalog.pg_type'::pg_catalog.regclass), t.typdefault),
           (SELECT pg_catalog.string_agg(ROW(k.conname, pg_catalog.pg_get_constraintdef(k.oid))::text, ','
                                         ORDER BY k.conname::text COLLATE pg_catalog."C")
              FROM pg_catalog.pg_constraint AS k
             WHERE k.contypid = t.oid),
           (SELECT pg_catalog.array_agg(e.enumlabel ORDER BY e.enumsortorder)
              FROM pg_catalog.pg_enum AS e
             WHERE e.enumtypid = t.oid),
           (SELECT pg_catalog.string_agg(
                       ROW(a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), l.collnamespace::pg_catalog.regnamespace, l.collname)::text,
                       ',' ORDER BY a.attnum)
              FROM pg_catalog.pg_attribute AS a
              LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = a.attcollation
             WHERE t.typrelid <> 0 AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped),
           (SELECT ROW(pg_catalog.format_type(r.rngsubtype, NULL), o.opcnamespace::pg_catalog.regnamespace, o.opcname,
                       l.collnamespace::pg_catalog.regnamespace, l.collname, r.rngcanonical, r.rngsubdiff,
                       pg_catalog.format_type((pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::pg_catalog.oid, NULL))::text
              FROM pg_catalog.pg_range AS r
              JOIN pg_catalog.pg_opclass AS o ON o.oid = r.rngsubopc
              LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = r.rngcollation
             WHERE r.rngtypid = t.oid))::text)
  FROM pg_catalog.pg_type AS t
  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
 WHERE t.oid >= 16384
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype IN ('e', 'i'))
