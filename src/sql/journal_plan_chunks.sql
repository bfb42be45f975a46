-- $1 migration, $2 relations, $3 their groups, $4 how many chunks each has
UPDATE pgbaton.relation AS r
   SET chunks_left = u.n_chunks, rows_copied = 0, bytes_copied = 0, group_id = u.group_id
  FROM ROWS FROM (pg_catalog.unnest($2::integer[]), pg_catalog.unnest($3::integer[]), pg_catalog.unnest($4::integer[]))
       AS u (id, group_id, n_chunks)
 WHERE r.migration = $1 AND r.id = u.id
