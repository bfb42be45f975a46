-- Outcome of pieces of work, in the transaction that did them; what they were the last condition of becomes ready.
-- $1 migration, $2 work ids, $3 rows of each, $4 bytes of each, $5 the snapshot they were copied under. False: that is not their group's
-- snapshot any more, not all was finished, and the transaction must be rolled back.
WITH held AS (
    -- These rows are locked until the commit: who takes their snapshot away waits for that, or has come first, and then they are not found.
    SELECT g.id
      FROM pgbaton.replication_group AS g
     WHERE g.migration = $1 AND g.snapshot = $5::text
       AND g.id IN (SELECT r.group_id FROM pgbaton.work AS w
                      JOIN pgbaton.relation AS r ON r.migration = w.migration AND r.id = w.relation_id
                     WHERE w.migration = $1 AND w.id = ANY ($2::bigint[]) AND w.kind = 'chunk')
     ORDER BY g.id
       FOR SHARE
), finished AS (
    UPDATE pgbaton.work AS w SET is_done = true
      FROM ROWS FROM (pg_catalog.unnest($2::bigint[]), pg_catalog.unnest($3::bigint[]), pg_catalog.unnest($4::bigint[])) AS u (id, n_rows, n_bytes),
           pgbaton.relation AS r
     WHERE w.migration = $1 AND w.id = u.id AND r.migration = w.migration AND r.id = w.relation_id
       AND (w.kind <> 'chunk' OR r.kind <> 'table' OR r.group_id IN (SELECT h.id FROM held AS h))
    RETURNING w.relation_id, w.kind, u.n_rows, u.n_bytes
), outcome AS (
    SELECT f.relation_id, f.kind, pg_catalog.count(*) AS n, pg_catalog.sum(f.n_rows)::bigint AS n_rows,
           pg_catalog.sum(f.n_bytes)::bigint AS n_bytes
      FROM finished AS f
     GROUP BY f.relation_id, f.kind
), relation AS (
    -- These rows are locked until the commit: of two workers that finish the last two chunks, the second sees the first's.
    UPDATE pgbaton.relation AS r
       SET chunks_left = r.chunks_left - CASE o.kind WHEN 'chunk' THEN o.n ELSE 0 END,
           builds_left = r.builds_left - CASE o.kind WHEN 'index' THEN o.n ELSE 0 END,
           rows_copied = r.rows_copied + o.n_rows,
           bytes_copied = r.bytes_copied + o.n_bytes
      FROM outcome AS o
     WHERE r.migration = $1 AND r.id = o.relation_id AND o.kind IN ('chunk', 'index')
    RETURNING r.id, r.chunks_left, r.builds_left, r.rows_copied
), ready AS (
    UPDATE pgbaton.work AS w
       SET is_ready = true,
           is_done = w.kind = 'analyze' AND r.rows_copied = 0 -- nothing to learn there
      FROM relation AS r
     WHERE w.migration = $1 AND w.relation_id = r.id AND NOT w.is_ready
       AND r.chunks_left = 0
       AND (w.kind = 'index' OR (w.kind = 'analyze' AND r.builds_left = 0))
)
SELECT (SELECT pg_catalog.count(*) FROM finished) = pg_catalog.cardinality($2::bigint[])
