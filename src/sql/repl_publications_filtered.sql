-- The same (repl_publications.sql) of a server that has row filters, column lists and schemas.
-- $1 the only one's name, or NULL
WITH member AS (
    SELECT m.prpubid, COALESCE((pg_catalog.to_jsonb(m) ->> 'prexcept')::boolean, false) AS is_exception,
           c.oid, n.nspname, c.relname,
           (SELECT pg_catalog.json_agg(a.attname ORDER BY a.attnum) FROM pg_catalog.pg_attribute AS a
             WHERE a.attrelid = m.prrelid AND a.attnum = ANY (m.prattrs::int2[])) AS columns,
           pg_catalog.pg_get_expr(m.prqual, m.prrelid) AS filter
      FROM pg_catalog.pg_publication_rel AS m
      JOIN pg_catalog.pg_class AS c ON c.oid = m.prrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
), per_publication AS (
    SELECT m.prpubid,
           pg_catalog.count(*) FILTER (WHERE NOT m.is_exception) AS n_tables,
           pg_catalog.count(m.filter) AS n_filters, pg_catalog.count(m.columns) AS n_column_lists,
           pg_catalog.json_agg(pg_catalog.json_build_object('oid', m.oid::pg_catalog.int8, 'schema', m.nspname, 'name', m.relname, 'columns', m.columns,
                                                            'where', m.filter) ORDER BY m.nspname, m.relname)
               FILTER (WHERE NOT m.is_exception) AS tables,
           pg_catalog.json_agg(pg_catalog.json_build_object('oid', m.oid::pg_catalog.int8, 'schema', m.nspname, 'name', m.relname)
                               ORDER BY m.nspname, m.relname)
               FILTER (WHERE m.is_exception) AS except_tables
      FROM member AS m
     GROUP BY m.prpubid
), schema AS (
    SELECT s.pnpubid, pg_catalog.count(*) AS n_schemas, pg_catalog.json_agg(n.nspname ORDER BY n.nspname) AS schemas
      FROM pg_catalog.pg_publication_namespace AS s
      JOIN pg_catalog.pg_namespace AS n ON n.oid = s.pnnspid
     GROUP BY s.pnpubid
)
SELECT p.oid, p.pubname AS name, r.rolname AS owner, p.puballtables AS all_tables,
       COALESCE(m.n_tables, 0) AS n_tables,
       COALESCE(s.n_schemas, 0) AS n_schemas,
       pg_catalog.concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                            CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END) AS publishes,
       p.pubviaroot AS via_root,
       COALESCE(m.n_filters, 0) AS n_filters, COALESCE(m.n_column_lists, 0) AS n_column_lists,
       pg_catalog.substring(pg_catalog.obj_description(p.oid, 'pg_publication'), '^made by pgbaton, migration "(.*)"$') AS migration,
       COALESCE(m.tables, '[]') AS tables, COALESCE(s.schemas, '[]') AS schemas, COALESCE(m.except_tables, '[]') AS except_tables,
       COALESCE((pg_catalog.to_jsonb(p) ->> 'puballsequences')::boolean, false) AS all_sequences,
       CASE pg_catalog.to_jsonb(p) ->> 'pubgencols' WHEN 's' THEN 'stored' WHEN 'n' THEN 'none' END AS generated_columns
  FROM pg_catalog.pg_publication AS p
  JOIN pg_catalog.pg_roles AS r ON r.oid = p.pubowner
  LEFT JOIN per_publication AS m ON m.prpubid = p.oid
  LEFT JOIN schema AS s ON s.pnpubid = p.oid
 WHERE $1::text IS NULL OR p.pubname = $1
 ORDER BY p.pubname
