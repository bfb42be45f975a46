-- Rows as difference.c reads them: catalog, oid, kind, schema, name, parent, optional, self, host, ddl, properties.
-- Indexes that are neither a constraint's nor a part of a partitioned one. One that is not valid is not dumped.
SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, i.oid::pg_catalog.int8 AS oid, 'index' AS kind,
       n.nspname::text AS schema, i.relname::text AS name, n.nspname || pg_catalog.chr(31) || c.relname::text AS parent, NOT x.indisvalid AND c.relkind <> 'p' AS optional,
       pg_catalog.format('%I.%I', n.nspname, i.relname) AS self, pg_catalog.format('%I.%I', n.nspname, c.relname)::text AS host, pg_catalog.pg_get_indexdef(i.oid)::text AS ddl,
       pg_catalog.json_build_object(
           'table', c.relname,
           'definition', CASE WHEN x.indexprs IS NULL AND x.indpred IS NULL THEN pg_catalog.pg_get_indexdef(i.oid)
                ELSE pg_catalog.concat(CASE WHEN x.indisunique THEN 'UNIQUE ' END, m.amname, ' (',
                     (SELECT pg_catalog.string_agg(pg_catalog.concat(COALESCE(pg_catalog.quote_ident(a.attname), '…'), ' ', o.opcname, ' ', l.collname,
                                                   CASE WHEN x.indoption[u.n - 1] & 1 = 1 THEN ' DESC' END,
                                                   CASE WHEN x.indoption[u.n - 1] & 2 = 2 THEN ' NULLS FIRST' END), ', ' ORDER BY u.n)
                        FROM pg_catalog.unnest(x.indkey::pg_catalog.int2[]) WITH ORDINALITY AS u (attnum, n)
                        LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = u.attnum AND u.attnum <> 0
                        LEFT JOIN pg_catalog.pg_opclass AS o ON o.oid = x.indclass[u.n - 1]
                        LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = x.indcollation[u.n - 1]), ')',
                     CASE WHEN pg_catalog.to_jsonb(x) ->> 'indnullsnotdistinct' = 'true' THEN ' NULLS NOT DISTINCT' END, ' ' || i.reloptions::text) END,
           'expressions', pg_catalog.pg_get_expr(x.indexprs, x.indrelid),
           'predicate', pg_catalog.pg_get_expr(x.indpred, x.indrelid),
           'valid', x.indisvalid,
           'tablespace', (SELECT t.spcname FROM pg_catalog.pg_tablespace AS t WHERE t.oid = i.reltablespace),
           'clustered', x.indisclustered,
           'statistics', (SELECT pg_catalog.json_agg(a.attnum::text || pg_catalog.chr(31) || ': ' || pg_catalog.chr(31) || a.attstattarget ORDER BY a.attnum)
                            FROM pg_catalog.pg_attribute AS a WHERE x.indexprs IS NOT NULL AND a.attrelid = i.oid AND a.attstattarget >= 0),
           'comment', pg_catalog.obj_description(i.oid, 'pg_class')) AS properties
  FROM pg_catalog.pg_index AS x
  JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
  JOIN pg_catalog.pg_am AS m ON m.oid = i.relam
  JOIN pg_catalog.pg_class AS c ON c.oid = x.indrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relpersistence <> 't' AND c.relkind IN ('r', 'p', 'm') AND NOT i.relispartition
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype IN ('e'))
