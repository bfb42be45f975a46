-- $1 our own pids, $2 the moment from which new sessions know of the fence. Returns how many had to be ended.
SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(a.pid))
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.datname = pg_catalog.current_database() AND a.backend_type = 'client backend'
   AND a.pid <> ALL ($1::integer[]) AND a.backend_start <= $2::timestamptz
