-- $1 migration, $2 … columns of the new rows. Chunks can be claimed at once, the rest when what it builds on is done.
INSERT INTO pgbaton.work (migration, kind, position, relation_id, label, weight, first_page, end_page, key_column, first_key, end_key, sql, is_ready)
SELECT $1, u.*, u.kind = 'chunk'
  FROM ROWS FROM (pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::integer[]), pg_catalog.unnest($4::integer[]),
                  pg_catalog.unnest($5::text[]), pg_catalog.unnest($6::bigint[]), pg_catalog.unnest($7::bigint[]),
                  pg_catalog.unnest($8::bigint[]), pg_catalog.unnest($9::text[]), pg_catalog.unnest($10::bigint[]),
                  pg_catalog.unnest($11::bigint[]), pg_catalog.unnest($12::text[]))
       AS u (kind, position, relation_id, label, weight, first_page, end_page, key_column, first_key, end_key, sql)
