-- Ends sessions that a killed pgbaton of this migration left behind: the lock is ours, so nobody else can be at work.
-- $1 application_name prefix
SELECT pg_catalog.pg_terminate_backend(a.pid)
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
   AND pg_catalog.left(a.application_name, pg_catalog.length($1)) = $1
