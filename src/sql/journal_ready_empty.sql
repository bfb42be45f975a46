-- What waits for the rows of tables that have none. $1 migration, $2 relations
UPDATE pgbaton.work AS w
   SET is_ready = true,
       is_done = w.kind = 'analyze'
  FROM pgbaton.relation AS r
 WHERE r.migration = $1 AND r.id = ANY ($2::integer[]) AND r.chunks_left = 0
   AND w.migration = $1 AND w.relation_id = r.id AND w.kind IN ('index', 'analyze') AND NOT w.is_done
