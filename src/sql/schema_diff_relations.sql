-- Rows as difference.c reads them: catalog, oid, kind, schema, name, parent, optional, self, host, ddl, properties.
-- Tables, foreign tables, views. Items of lists are in parts with chr(31) between them. lacking: see schema_fingerprint_relations.sql.
SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, c.oid::pg_catalog.int8 AS oid, CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialised view' WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind,
       n.nspname::text AS schema, c.relname::text AS name, NULL::text AS parent, false AS optional,
       pg_catalog.format('%I.%I', n.nspname, c.relname) AS self, NULL::text AS host, CASE WHEN c.relkind = 'v' THEN pg_catalog.pg_get_viewdef(c.oid) END::text AS ddl,
       pg_catalog.json_build_object(
           'owner', pg_catalog.pg_get_userbyid(c.relowner),
           'persistence', CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' ELSE 'LOGGED' END,
           'access method', CASE WHEN c.relkind IN ('r', 'm') THEN COALESCE((SELECT m.amname FROM pg_catalog.pg_am AS m WHERE m.oid = c.relam), 'heap') END,
           'tablespace', (SELECT t.spcname FROM pg_catalog.pg_tablespace AS t WHERE t.oid = c.reltablespace),
           'options', (SELECT pg_catalog.json_agg('' || pg_catalog.split_part(u, '=', 1) || pg_catalog.chr(31) || '=' || pg_catalog.chr(31)
                                           || pg_catalog.substr(u, pg_catalog.strpos(u, '=') + 1) ORDER BY u COLLATE pg_catalog."C")
                     FROM pg_catalog.unnest(c.reloptions || (SELECT pg_catalog.array_agg('toast.' || o) FROM pg_catalog.pg_class AS t, pg_catalog.unnest(t.reloptions) AS o WHERE t.oid = c.reltoastrelid)) AS u),
           'replica identity', CASE c.relreplident WHEN 'd' THEN 'DEFAULT' WHEN 'f' THEN 'FULL' WHEN 'n' THEN CASE WHEN c.relkind IN ('r', 'p') THEN 'NOTHING' END
                                    ELSE (SELECT 'USING INDEX ' || pg_catalog.quote_ident(i.relname) FROM pg_catalog.pg_index AS x
                                            JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid AND x.indisreplident) END,
           'row security', c.relrowsecurity, 'forced row security', c.relforcerowsecurity,
           'of type', CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END,
           'inherits', CASE WHEN NOT c.relispartition THEN
                       (SELECT pg_catalog.json_agg(pg_catalog.format('%I.%I', pn.nspname, pc.relname) ORDER BY i.inhseqno) FROM pg_catalog.pg_inherits AS i
                          JOIN pg_catalog.pg_class AS pc ON pc.oid = i.inhparent JOIN pg_catalog.pg_namespace AS pn ON pn.oid = pc.relnamespace
                         WHERE i.inhrelid = c.oid) END,
           'partition', CASE WHEN c.relispartition THEN
                       (SELECT pg_catalog.json_agg(pg_catalog.format('%I.%I', pn.nspname, pc.relname) || pg_catalog.chr(31) || ' ' || pg_catalog.chr(31)
                                                   || pg_catalog.pg_get_expr(c.relpartbound, c.oid)) FROM pg_catalog.pg_inherits AS i
                          JOIN pg_catalog.pg_class AS pc ON pc.oid = i.inhparent JOIN pg_catalog.pg_namespace AS pn ON pn.oid = pc.relnamespace
                         WHERE i.inhrelid = c.oid) END,
           'partition key', CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
           'server', f.srvname,
           'server options', (SELECT pg_catalog.json_agg('' || pg_catalog.split_part(u, '=', 1) || pg_catalog.chr(31) || '=' || pg_catalog.chr(31)
                                           || pg_catalog.substr(u, pg_catalog.strpos(u, '=') + 1) ORDER BY u COLLATE pg_catalog."C")
                     FROM pg_catalog.unnest(f.ftoptions) AS u),
           'definition', CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END,
           'grants', (SELECT pg_catalog.json_agg(g.item ORDER BY g.item COLLATE pg_catalog."C")
                     FROM (SELECT CASE WHEN w.is_all THEN 'ALL' ELSE x.privilege_type END || pg_catalog.chr(31) || ' TO ' || pg_catalog.chr(31) || w.grantee
                                  || pg_catalog.chr(31) || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                             FROM pg_catalog.aclexplode(COALESCE(c.relacl, pg_catalog.acldefault('r', c.relowner))) AS x
                            CROSS JOIN LATERAL (
                                  SELECT CASE WHEN x.grantee = 0 THEN 'PUBLIC' WHEN x.grantee = c.relowner THEN '{owner}'
                                              ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END,
                                         (SELECT pg_catalog.count(DISTINCT y.privilege_type)
                                            FROM pg_catalog.aclexplode(c.relacl) AS y
                                           WHERE y.grantee = x.grantee AND y.is_grantable = x.is_grantable)
                                         = (SELECT pg_catalog.count(*) FROM pg_catalog.aclexplode(pg_catalog.acldefault('r', 10)) AS z WHERE z.grantee = 10)
                                         OR c.relacl IS NULL) AS w (grantee, is_all)
                            GROUP BY 1) AS g (item)),
           'comment', pg_catalog.obj_description(c.oid, 'pg_class')) AS properties
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN (SELECT t.ftrelid, s.srvname, t.ftoptions FROM pg_catalog.pg_foreign_table AS t
               JOIN pg_catalog.pg_foreign_server AS s ON s.oid = t.ftserver) AS f ON f.ftrelid = c.oid
 WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype IN ('e'))
