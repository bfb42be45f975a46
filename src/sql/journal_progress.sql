-- $1 migration
SELECT pg_catalog.count(*) FILTER (WHERE r.chunks_left IS NULL OR r.chunks_left > 0) AS relations_to_copy,
       pg_catalog.count(*) FILTER (WHERE r.kind <> 'large objects' AND (r.chunks_left IS NULL OR r.chunks_left > 0)) AS tables_to_copy,
       pg_catalog.count(*) FILTER (WHERE r.kind <> 'large objects') AS tables,
       COALESCE(pg_catalog.sum(r.table_bytes), 0)::bigint AS bytes,
       COALESCE(pg_catalog.sum(r.row_estimate), 0)::bigint AS row_estimate,
       COALESCE(pg_catalog.sum(GREATEST(r.row_estimate - r.rows_copied, 0)) FILTER (WHERE r.chunks_left IS NULL OR r.chunks_left > 0), 0)::bigint
           AS rows_left,
       pg_catalog.count(*) FILTER (WHERE (r.chunks_left IS NULL OR r.chunks_left > 0) AND r.heap_bytes > 0
                                     AND (r.row_estimate = 0 OR r.kind = 'large objects')) AS not_estimated,
       COALESCE(pg_catalog.sum(r.rows_copied), 0)::bigint AS rows_copied,
       COALESCE(pg_catalog.sum(r.bytes_copied), 0)::bigint AS bytes_copied,
       (SELECT pg_catalog.count(*) FROM pgbaton.work AS w WHERE w.migration = $1 AND w.kind = 'chunk' AND NOT w.is_done) AS chunks_left,
       (SELECT pg_catalog.count(*) FROM pgbaton.work AS w WHERE w.migration = $1 AND w.kind = 'index' AND NOT w.is_done) AS indexes_left,
       (SELECT pg_catalog.count(*) FROM pgbaton.work AS w WHERE w.migration = $1 AND w.kind = 'index') AS indexes,
       (SELECT pg_catalog.count(*) FROM pgbaton.work AS w WHERE w.migration = $1 AND w.kind = 'analyze' AND NOT w.is_done) AS analyzes_left
  FROM pgbaton.relation AS r
 WHERE r.migration = $1
