-- The columns of a table. $1 its OID, $2 its memberships, $3 its identity's columns, both as catalog_tables.sql tells them
SELECT a.attnum AS position, a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
       CASE WHEN COALESCE(j.doc ->> 'attgenerated', '') = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS "default",
       CASE WHEN j.doc ->> 'attgenerated' <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS generated,
       CASE j.doc ->> 'attgenerated' WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END AS generated_kind,
       CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
       CASE WHEN a.attcollation <> t.typcollation
            THEN (SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(l.collname)
                    FROM pg_catalog.pg_collation AS l JOIN pg_catalog.pg_namespace AS n ON n.oid = l.collnamespace WHERE l.oid = a.attcollation) END AS collation,
       CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' WHEN 'x' THEN 'extended' END AS storage,
       CASE j.doc ->> 'attcompression' WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression,
       COALESCE((SELECT a.attnum = ANY (i.indkey::int2[]) FROM pg_catalog.pg_index AS i WHERE i.indrelid = a.attrelid AND i.indisprimary), false) AS in_primary_key,
       COALESCE($3::pg_catalog.jsonb ? a.attname::text, $4::boolean) AS in_identity,
       COALESCE((SELECT pg_catalog.json_agg(m.value ->> 'name') FROM pg_catalog.jsonb_array_elements($2::pg_catalog.jsonb) AS m
                  WHERE m.value -> 'columns' ? a.attname::text), '[]') AS column_lists
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
 CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(a) AS doc) AS j
  LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
