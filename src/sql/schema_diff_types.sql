-- Rows as difference.c reads them: catalog, oid, kind, schema, name, parent, optional, self, host, ddl, properties.
-- Types and domains, not those that come with another object; attributes of composite types; constraints of domains.
SELECT 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, t.oid::pg_catalog.int8 AS oid, CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END AS kind,
       n.nspname::text AS schema, t.typname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.format('%I.%I', n.nspname, t.typname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'owner', pg_catalog.pg_get_userbyid(t.typowner),
           'form', CASE t.typtype WHEN 'b' THEN 'base' WHEN 'c' THEN 'composite' WHEN 'd' THEN 'domain' WHEN 'e' THEN 'enum' WHEN 'r' THEN 'range' ELSE t.typtype::text END,
           'base type', CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END,
           'collation', (SELECT pg_catalog.format('%I.%I', ln.nspname, l.collname) FROM pg_catalog.pg_collation AS l
                           JOIN pg_catalog.pg_namespace AS ln ON ln.oid = l.collnamespace JOIN pg_catalog.pg_type AS b ON b.oid = t.typbasetype
                          WHERE l.oid = t.typcollation AND t.typcollation <> b.typcollation),
           'not null', t.typnotnull,
           'default', COALESCE(pg_catalog.pg_get_expr(t.typdefaultbin, 0), t.typdefault),
           'labels', (SELECT pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid),
           'range', (SELECT pg_catalog.concat_ws(', ', 'subtype = ' || pg_catalog.format_type(r.rngsubtype, NULL), 'subtype_opclass = ' || o.opcname,
                            'collation = ' || l.collname, 'canonical = ' || NULLIF(r.rngcanonical::text, '-'), 'subtype_diff = ' || NULLIF(r.rngsubdiff::text, '-'))
                       FROM pg_catalog.pg_range AS r JOIN pg_catalog.pg_opclass AS o ON o.oid = r.rngsubopc
                       LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = r.rngcollation WHERE r.rngtypid = t.oid),
           'base', CASE WHEN t.typtype = 'b' THEN pg_catalog.concat_ws(', ', t.typlen, t.typbyval, t.typcategory, t.typispreferred, t.typdelim, t.typinput, t.typoutput, t.typreceive, t.typsend,
                            t.typmodin, t.typmodout, t.typanalyze, NULLIF(pg_catalog.to_jsonb(t) ->> 'typsubscript', '-'), t.typalign, t.typstorage) END,
           'defined', t.typisdefined,
           'grants', (SELECT pg_catalog.json_agg(g.item ORDER BY g.item COLLATE pg_catalog."C")
                     FROM (SELECT CASE WHEN w.is_all THEN 'ALL' ELSE x.privilege_type END || pg_catalog.chr(31) || ' TO ' || pg_catalog.chr(31) || w.grantee
                                  || pg_catalog.chr(31) || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                             FROM pg_catalog.aclexplode(COALESCE(t.typacl, pg_catalog.acldefault('T', t.typowner))) AS x
                            CROSS JOIN LATERAL (
                                  SELECT CASE WHEN x.grantee = 0 THEN 'PUBLIC' WHEN x.grantee = t.typowner THEN '{owner}'
                                              ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END,
                                         (SELECT pg_catalog.count(DISTINCT y.privilege_type)
                                            FROM pg_catalog.aclexplode(t.typacl) AS y
                                           WHERE y.grantee = x.grantee AND y.is_grantable = x.is_grantable)
                                         = (SELECT pg_catalog.count(*) FROM pg_catalog.aclexplode(pg_catalog.acldefault('T', 10)) AS z WHERE z.grantee = 10)
                                         OR t.typacl IS NULL) AS w (grantee, is_all)
                            GROUP BY 1) AS g (item)),
           'comment', COALESCE(pg_catalog.obj_description(t.oid, 'pg_type'), pg_catalog.obj_description(NULLIF(t.typrelid, 0), 'pg_class'))) AS properties
  FROM pg_catalog.pg_type AS t
  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
 WHERE t.oid >= 16384
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype IN ('e', 'i'))
UNION ALL
SELECT 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, t.oid::pg_catalog.int8 AS oid, 'attribute' AS kind,
       n.nspname::text AS schema, t.typname || pg_catalog.chr(31) || a.attname::text AS name, n.nspname || pg_catalog.chr(31) || t.typname::text AS parent, false AS optional,
       pg_catalog.quote_ident(a.attname) AS self, pg_catalog.format('%I.%I', n.nspname, t.typname)::text AS host, pg_catalog.format_type(a.atttypid, a.atttypmod)::text AS ddl,
       pg_catalog.json_build_object(
           'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
           'collation', (SELECT pg_catalog.format('%I.%I', ln.nspname, l.collname) FROM pg_catalog.pg_collation AS l
                           JOIN pg_catalog.pg_namespace AS ln ON ln.oid = l.collnamespace JOIN pg_catalog.pg_type AS b ON b.oid = a.atttypid
                          WHERE l.oid = a.attcollation AND a.attcollation <> b.typcollation),
           'comment', pg_catalog.col_description(t.typrelid, a.attnum)) AS properties
  FROM pg_catalog.pg_type AS t
  JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid AND c.relkind = 'c'
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
 WHERE t.oid >= 16384
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype IN ('e'))
UNION ALL
SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, k.oid::pg_catalog.int8 AS oid, 'domain constraint' AS kind,
       n.nspname::text AS schema, t.typname || pg_catalog.chr(31) || k.conname::text AS name, n.nspname || pg_catalog.chr(31) || t.typname::text AS parent, false AS optional,
       pg_catalog.quote_ident(k.conname) AS self, pg_catalog.format('%I.%I', n.nspname, t.typname)::text AS host, pg_catalog.pg_get_constraintdef(k.oid)::text AS ddl,
       pg_catalog.json_build_object(
           'definition', pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', ''), 'validated', k.convalidated,
           'comment', pg_catalog.obj_description(k.oid, 'pg_constraint')) AS properties
  FROM pg_catalog.pg_constraint AS k
  JOIN pg_catalog.pg_type AS t ON t.oid = k.contypid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
 WHERE k.contype = 'c'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype IN ('e'))
