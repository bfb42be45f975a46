-- Sessions of the database that this role may not end, or of which it cannot see when they began. $1 our own pids
SELECT pg_catalog.format('pid %s, user %s', a.pid, COALESCE(a.usename, a.backend_type)) AS session,
       COALESCE(r.rolsuper, true) AS is_superuser, a.backend_type IS NULL AS is_unseen
  FROM pg_catalog.pg_stat_activity AS a
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = a.usesysid
 WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid() AND a.pid <> ALL ($1::integer[])
   AND pg_catalog.current_setting('is_superuser') <> 'on'
   AND CASE WHEN a.backend_type IS NOT NULL THEN a.backend_type !~ '^(walsender|logical replication|autovacuum|parallel|slotsync)'
            ELSE a.usesysid IS NOT NULL
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_replication AS s WHERE s.pid = a.pid)
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_subscription AS s WHERE s.pid = a.pid) END
   AND (a.backend_type IS NULL OR COALESCE(r.rolsuper, true)
        OR NOT pg_catalog.pg_has_role(a.usesysid, 'USAGE') AND NOT pg_catalog.pg_has_role('pg_signal_backend', 'USAGE'))
 ORDER BY 2 DESC, a.pid
