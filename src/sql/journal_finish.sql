-- Outcome of a piece of work, in the transaction that did it; what it was the last condition of becomes ready.
-- $1 migration, $2 work id, $3 rows, $4 bytes
WITH finished AS (
    UPDATE pgbaton.work AS w SET is_done = true
     WHERE w.migration = $1 AND w.id = $2::bigint
    RETURNING w.id, w.relation_id, w.kind
), relation AS (
    -- This row is locked until the commit: of two workers that finish the last two chunks, the second sees the first's.
    UPDATE pgbaton.relation AS r
       SET chunks_left = r.chunks_left - (f.kind = 'chunk')::integer,
           builds_left = r.builds_left - (f.kind = 'index')::integer,
           rows_copied = r.rows_copied + $3::bigint,
           bytes_copied = r.bytes_copied + $4::bigint
      FROM finished AS f
     WHERE r.migration = $1 AND r.id = f.relation_id
    RETURNING r.id, r.chunks_left, r.builds_left, f.kind
)
UPDATE pgbaton.work AS w
   SET is_ready = true
  FROM relation AS r
 WHERE w.migration = $1 AND w.relation_id = r.id AND NOT w.is_ready
   AND r.kind <> 'analyze' AND r.chunks_left = 0
   AND (w.kind = 'index' OR (w.kind = 'analyze' AND r.builds_left = 0))
