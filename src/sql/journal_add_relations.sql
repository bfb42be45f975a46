-- $1 migration, $2 … columns of the new rows
INSERT INTO pgbaton.relation (migration, id, kind, schema_name, name, source_oid, heap_bytes, table_bytes, row_estimate, columns,
                              copy_options, condition, builds_left)
SELECT $1, u.*
  FROM ROWS FROM (pg_catalog.unnest($2::integer[]), pg_catalog.unnest($3::text[]), pg_catalog.unnest($4::text[]),
                  pg_catalog.unnest($5::text[]), pg_catalog.unnest($6::oid[]), pg_catalog.unnest($7::bigint[]),
                  pg_catalog.unnest($8::bigint[]), pg_catalog.unnest($9::bigint[]), pg_catalog.unnest($10::jsonb[]),
                  pg_catalog.unnest($11::text[]), pg_catalog.unnest($12::text[]), pg_catalog.unnest($13::integer[])) AS u
