-- Rows as difference.c reads them: catalog, oid, kind, schema, name, parent, optional, self, host, ddl, properties.
-- Constraints of tables that are not inherited; NOT NULL is the column's, whatever the version makes of it.
SELECT v.*
  FROM (SELECT 0::pg_catalog.oid AS conparentid) AS lacking
 CROSS JOIN LATERAL (
SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, k.oid::pg_catalog.int8 AS oid, CASE k.contype WHEN 'f' THEN 'foreign key' ELSE 'constraint' END AS kind,
       n.nspname::text AS schema, c.relname || pg_catalog.chr(31) || k.conname::text AS name, n.nspname || pg_catalog.chr(31) || c.relname::text AS parent, false AS optional,
       pg_catalog.quote_ident(k.conname) AS self, pg_catalog.format('%I.%I', n.nspname, c.relname)::text AS host, pg_catalog.pg_get_constraintdef(k.oid)::text AS ddl,
       pg_catalog.json_build_object(
           'definition', CASE WHEN k.contype <> 'c' THEN pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', '')
                              WHEN k.connoinherit THEN 'CHECK … NO INHERIT' ELSE 'CHECK' END,
           'expression', CASE WHEN k.contype = 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid) END,
           'validated', k.convalidated,
           'enforced', COALESCE((CASE WHEN k.contype IN ('c', 'f') AND NOT k.convalidated THEN pg_catalog.to_jsonb(k) ->> 'conenforced' END)::bool, true),
           'options', (SELECT pg_catalog.json_agg('' || pg_catalog.split_part(u, '=', 1) || pg_catalog.chr(31) || '=' || pg_catalog.chr(31)
                                           || pg_catalog.substr(u, pg_catalog.strpos(u, '=') + 1) ORDER BY u COLLATE pg_catalog."C")
                     FROM pg_catalog.unnest(i.reloptions) AS u),
           'tablespace', (SELECT t.spcname FROM pg_catalog.pg_tablespace AS t WHERE t.oid = i.reltablespace),
           'clustered', COALESCE((SELECT x.indisclustered FROM pg_catalog.pg_index AS x WHERE x.indexrelid = i.oid), false),
           'comment', pg_catalog.obj_description(k.oid, 'pg_constraint')) AS properties
  FROM pg_catalog.pg_constraint AS k
  JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_class AS i ON k.contype IN ('p', 'u', 'x') AND i.oid = k.conindid
 WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND k.conislocal AND conparentid = 0 AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype IN ('e'))) AS v
