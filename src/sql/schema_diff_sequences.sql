-- Rows as difference.c reads them: catalog, oid, kind, schema, name, parent, optional, self, host, ddl, properties.
-- Sequences; one of an identity column comes and goes with the column.
SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, c.oid::pg_catalog.int8 AS oid, 'sequence' AS kind,
       n.nspname::text AS schema, c.relname::text AS name, o.nspname || pg_catalog.chr(31) || o.relname::text AS parent, COALESCE(o.deptype = 'i', false) AS optional,
       pg_catalog.format('%I.%I', n.nspname, c.relname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'owner', CASE WHEN o.relname IS NULL THEN pg_catalog.pg_get_userbyid(c.relowner)::text ELSE pg_catalog.chr(29) END,
           'type', pg_catalog.format_type(s.seqtypid, NULL), 'start', s.seqstart, 'increment', s.seqincrement, 'minimum', s.seqmin, 'maximum', s.seqmax,
           'cache', s.seqcache, 'cycle', s.seqcycle, 'owned by', CASE WHEN o.deptype = 'a' THEN pg_catalog.format('%I.%I.%I', o.nspname, o.relname, o.attname) END,
           'persistence', CASE WHEN o.relname IS NULL AND c.relpersistence = 'u' THEN 'UNLOGGED' ELSE 'LOGGED' END,
           'grants', (SELECT pg_catalog.json_agg(g.item ORDER BY g.item COLLATE pg_catalog."C")
                     FROM (SELECT CASE WHEN w.is_all THEN 'ALL' ELSE x.privilege_type END || pg_catalog.chr(31) || ' TO ' || pg_catalog.chr(31) || w.grantee
                                  || pg_catalog.chr(31) || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                             FROM pg_catalog.aclexplode(COALESCE(c.relacl, pg_catalog.acldefault('s', c.relowner))) AS x
                            CROSS JOIN LATERAL (
                                  SELECT CASE WHEN x.grantee = 0 THEN 'PUBLIC' WHEN x.grantee = c.relowner THEN '{owner}'
                                              ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END,
                                         (SELECT pg_catalog.count(DISTINCT y.privilege_type)
                                            FROM pg_catalog.aclexplode(c.relacl) AS y
                                           WHERE y.grantee = x.grantee AND y.is_grantable = x.is_grantable)
                                         = (SELECT pg_catalog.count(*) FROM pg_catalog.aclexplode(pg_catalog.acldefault('s', 10)) AS z WHERE z.grantee = 10)
                                         OR c.relacl IS NULL) AS w (grantee, is_all)
                            GROUP BY 1) AS g (item)),
           'comment', pg_catalog.obj_description(c.oid, 'pg_class')) AS properties
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
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype IN ('e'))
