-- $1 our own pids, $2 the moment from which new sessions know of the fence. Returns how many had to be ended.
SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(a.pid))
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.datname = pg_catalog.current_database()
   -- clients, and background workers of extensions such as a job scheduler's; not those of replication and maintenance
   AND a.backend_type !~ '^(walsender|logical replication|autovacuum|parallel|slotsync)'
   AND a.pid <> ALL ($1::integer[]) AND a.backend_start <= $2::timestamptz
