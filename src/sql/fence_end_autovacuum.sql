-- An autovacuum yields to a lock only after deadlock_timeout, and against wraparound not at all.
SELECT pg_catalog.pg_cancel_backend(a.pid)
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.backend_type = 'autovacuum worker' AND a.datname = pg_catalog.current_database()
