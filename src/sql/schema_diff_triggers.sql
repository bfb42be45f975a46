-- Rows as difference.c reads them: catalog, oid, kind, schema, name, parent, optional, self, host, ddl, properties.
-- Triggers, not those that come with a constraint or a partitioned table's; rules; policies.
SELECT v.*
  FROM (SELECT 0::pg_catalog.oid AS tgparentid) AS lacking
 CROSS JOIN LATERAL (
SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, t.oid::pg_catalog.int8 AS oid, 'trigger' AS kind,
       n.nspname::text AS schema, c.relname || pg_catalog.chr(31) || t.tgname::text AS name, n.nspname || pg_catalog.chr(31) || c.relname::text AS parent, false AS optional,
       pg_catalog.quote_ident(t.tgname) AS self, pg_catalog.format('%I.%I', n.nspname, c.relname)::text AS host, pg_catalog.regexp_replace(d.text, ' EXECUTE FUNCTION (.*?)$', ' EXECUTE PROCEDURE ' || pg_catalog.chr(92) || '1')::text AS ddl,
       pg_catalog.json_build_object(
           'definition', pg_catalog.regexp_replace(CASE WHEN t.tgqual IS NOT NULL THEN pg_catalog.regexp_replace(d.text, ' WHEN \(.*\) EXECUTE (FUNCTION|PROCEDURE) ', ' EXECUTE FUNCTION ')
                                                        ELSE d.text END, ' EXECUTE PROCEDURE ', ' EXECUTE FUNCTION '),
           'condition', CASE WHEN t.tgqual IS NOT NULL THEN pg_catalog.substring(d.text, ' WHEN \((.*)\) EXECUTE (?:FUNCTION|PROCEDURE) ') END,
           'enabled', CASE t.tgenabled WHEN 'O' THEN 'ENABLE' WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END,
           'comment', pg_catalog.obj_description(t.oid, 'pg_trigger')) AS properties
  FROM pg_catalog.pg_trigger AS t
  JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_triggerdef(t.oid)) AS d (text)
 WHERE NOT t.tgisinternal AND tgparentid = 0 AND c.relpersistence <> 't'
   AND t.tgname !~ '^pgbaton_'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype IN ('e'))) AS v
UNION ALL
SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, w.oid::pg_catalog.int8 AS oid, 'rule' AS kind,
       n.nspname::text AS schema, c.relname || pg_catalog.chr(31) || w.rulename::text AS name, n.nspname || pg_catalog.chr(31) || c.relname::text AS parent, false AS optional,
       pg_catalog.quote_ident(w.rulename) AS self, pg_catalog.format('%I.%I', n.nspname, c.relname)::text AS host, pg_catalog.pg_get_ruledef(w.oid)::text AS ddl,
       pg_catalog.json_build_object(
           'definition', pg_catalog.pg_get_ruledef(w.oid),
           'enabled', CASE w.ev_enabled WHEN 'O' THEN 'ENABLE' WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END,
           'comment', pg_catalog.obj_description(w.oid, 'pg_rewrite')) AS properties
  FROM pg_catalog.pg_rewrite AS w
  JOIN pg_catalog.pg_class AS c ON c.oid = w.ev_class
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE w.rulename <> '_RETURN' AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype IN ('e'))
UNION ALL
SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, p.oid::pg_catalog.int8 AS oid, 'policy' AS kind,
       n.nspname::text AS schema, c.relname || pg_catalog.chr(31) || p.polname::text AS name, n.nspname || pg_catalog.chr(31) || c.relname::text AS parent, false AS optional,
       pg_catalog.quote_ident(p.polname) AS self, pg_catalog.format('%I.%I', n.nspname, c.relname)::text AS host, pg_catalog.concat('AS ', CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, ' FOR ', x.command, ' TO ', x.roles,
                 ' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', ' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')')::text AS ddl,
       pg_catalog.json_build_object(
           'command', x.command, 'permissive', p.polpermissive, 'roles', x.roles,
           'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'with check', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
           'comment', pg_catalog.obj_description(p.oid, 'pg_policy')) AS properties
  FROM pg_catalog.pg_policy AS p
  JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL (
       SELECT CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
              (SELECT pg_catalog.string_agg(z.name, ', ' ORDER BY z.name COLLATE pg_catalog."C")
                 FROM (SELECT CASE WHEN r = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r)) END
                         FROM pg_catalog.unnest(p.polroles) AS r) AS z (name))) AS x (command, roles)
 WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype IN ('e'))
