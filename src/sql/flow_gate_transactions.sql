-- Transactions older than $1 milliseconds that have written or hold, or wait for, a lock that the fence's would wait for: all but ACCESS SHARE. An
-- autovacuum is cancelled by the fence.
SELECT pg_catalog.format('pid %s, user %s, %s for %s, its last statement of %s: %s', a.pid, COALESCE(a.usename, a.backend_type), COALESCE(a.state, 'active'),
                         pg_catalog.to_char(pg_catalog.clock_timestamp() - a.xact_start, 'HH24:MI:SS'),
                         pg_catalog.to_char(a.query_start, 'YYYY-MM-DD HH24:MI:SSOF'),
                         pg_catalog.left(pg_catalog.regexp_replace(a.query, '\s+', ' ', 'g'), 60)),
       pg_catalog.format('pg_terminate_backend(%s)', a.pid)
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
   AND a.xact_start < pg_catalog.clock_timestamp() - $1::float8 * '1 millisecond'::pg_catalog.interval
   AND a.backend_type !~ '^(walsender|logical replication|autovacuum|parallel|slotsync)'
   AND a.pid NOT IN (SELECT w.pid FROM pg_catalog.pg_stat_subscription AS w WHERE w.pid IS NOT NULL)
   AND (a.backend_xid IS NOT NULL
        OR EXISTS (SELECT FROM pg_catalog.pg_locks AS l
                    WHERE l.pid = a.pid AND l.locktype = 'relation' AND l.relation >= 16384 AND l.mode <> 'AccessShareLock'
                      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())))
 ORDER BY a.xact_start LIMIT 5
