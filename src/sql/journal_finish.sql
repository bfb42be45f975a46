-- Outcome of a piece of work, in the transaction that did it.
-- $1 migration, $2 work id, $3 rows, $4 bytes
WITH finished AS (
    UPDATE pgbaton.work AS w SET is_done = true
     WHERE w.migration = $1 AND w.id = $2::bigint
    RETURNING w.relation_id, w.kind)
UPDATE pgbaton.relation AS r
   SET chunks_left = r.chunks_left - (f.kind = 'chunk')::integer,
       builds_left = r.builds_left - (f.kind = 'index')::integer,
       rows_copied = r.rows_copied + $3::bigint,
       bytes_copied = r.bytes_copied + $4::bigint
  FROM finished AS f
 WHERE r.migration = $1 AND r.id = f.relation_id
