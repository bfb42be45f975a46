-- The publications of this database, of a server without row filters, column lists and schemas.
-- $1 the only one's name, or NULL
SELECT p.oid, p.pubname AS name, r.rolname AS owner, p.puballtables AS all_tables,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_publication_rel AS m WHERE m.prpubid = p.oid) AS n_tables,
       0 AS n_schemas,
       pg_catalog.concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                            CASE WHEN p.pubdelete THEN 'delete' END,
                            CASE WHEN (pg_catalog.to_jsonb(p) ->> 'pubtruncate')::boolean THEN 'truncate' END) AS publishes,
       COALESCE((pg_catalog.to_jsonb(p) ->> 'pubviaroot')::boolean, false) AS via_root,
       0 AS n_filters, 0 AS n_column_lists,
       pg_catalog.substring(pg_catalog.obj_description(p.oid, 'pg_publication'), '^made by pgbaton, migration "(.*)"$') AS migration,
       COALESCE((SELECT pg_catalog.json_agg(pg_catalog.json_build_object('oid', c.oid::pg_catalog.int8, 'schema', n.nspname, 'name', c.relname,
                                                                         'columns', NULL, 'where', NULL) ORDER BY n.nspname, c.relname)
                   FROM pg_catalog.pg_publication_rel AS m
                   JOIN pg_catalog.pg_class AS c ON c.oid = m.prrelid
                   JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                  WHERE m.prpubid = p.oid), '[]') AS tables,
       '[]'::json AS schemas, '[]'::json AS except_tables, false AS all_sequences, NULL::text AS generated_columns
  FROM pg_catalog.pg_publication AS p
  JOIN pg_catalog.pg_roles AS r ON r.oid = p.pubowner
 WHERE $1::text IS NULL OR p.pubname = $1
 ORDER BY p.pubname
