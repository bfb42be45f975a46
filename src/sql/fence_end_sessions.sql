-- Ends the sessions that do not know of the fence. $1 our own pids, $2 the moment from which new sessions know of it.
-- Of a session whose role is not ours it may be hidden when it began: it is listed, but not touched. Those of superusers are left out then:
-- providers of managed servers have some that nobody may end.
SELECT a.pid, a.usename, a.application_name, a.state, a.backend_type IS NULL AS is_unseen,
       CASE WHEN a.backend_type IS NOT NULL THEN pg_catalog.pg_terminate_backend(a.pid) END AS is_ended
  FROM pg_catalog.pg_stat_activity AS a
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = a.usesysid
 WHERE a.datname = pg_catalog.current_database() AND a.pid <> ALL ($1::integer[])
   AND CASE WHEN a.backend_type IS NOT NULL
            -- clients, and background workers of extensions such as a job scheduler's; not those of replication and maintenance
            THEN a.backend_type !~ '^(walsender|logical replication|autovacuum|parallel|slotsync)' AND a.backend_start <= $2::timestamptz
            ELSE NOT r.rolsuper
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_replication AS s WHERE s.pid = a.pid)
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_subscription AS s WHERE s.pid = a.pid) END
