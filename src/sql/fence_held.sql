-- Sessions that wait for a lock of session $1 which keeps them from writing: as arrays, for fence_end_held.sql.
SELECT coalesce(pg_catalog.array_agg(a.pid), '{}'), coalesce(pg_catalog.array_agg(a.query_start), '{}'), pg_catalog.count(*)
  FROM pg_catalog.pg_locks AS w
  JOIN pg_catalog.pg_locks AS h ON h.pid = $1::integer AND h.granted AND h.locktype = 'relation' AND h.mode = 'ExclusiveLock'
                               AND h.database = w.database AND h.relation = w.relation
  JOIN pg_catalog.pg_stat_activity AS a ON a.pid = w.pid
 WHERE NOT w.granted AND w.locktype = 'relation' AND w.mode <> 'AccessShareLock'
   AND a.state = 'active' AND a.query_start IS NOT NULL AND a.backend_type = 'client backend'
