-- Ends the sessions that do not know of the fence; always at least one row, without a session when there is none. $1 pids to leave alone, $2 the moment from
-- which new sessions know of it; NULL: now. Sessions that are being set up are counted before the others are looked at: they hold a lock
-- on their database from before they read its settings until they can be seen. Being the outer side of the join, that is done first.
-- Of a session whose role is not ours it may be hidden when it began: it is listed, but not touched. Those of superusers are left out then:
-- providers of managed servers have some that nobody may end.
SELECT s.n_starting, s.moment, e.pid, e.usename, e.application_name, e.state, e.is_unseen, e.is_ended
  FROM (SELECT pg_catalog.count(*) AS n_starting, pg_catalog.clock_timestamp() AS moment
          FROM pg_catalog.pg_locks AS l
         WHERE l.locktype = 'object' AND l.classid = 'pg_catalog.pg_database'::pg_catalog.regclass AND l.mode = 'RowExclusiveLock'
           AND l.objid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
           AND l.pid <> ALL ($1::integer[])) AS s
  LEFT JOIN LATERAL (
        SELECT a.pid, a.usename, a.application_name, a.state, a.backend_type IS NULL AS is_unseen,
               CASE WHEN a.backend_type IS NOT NULL THEN pg_catalog.pg_terminate_backend(a.pid) END AS is_ended
          FROM pg_catalog.pg_stat_activity AS a
          LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = a.usesysid
         WHERE s.n_starting >= 0 AND a.datname = pg_catalog.current_database() AND a.pid <> ALL ($1::integer[])
           AND CASE WHEN a.backend_type IS NOT NULL
                    -- clients, and background workers of extensions such as a job scheduler's; not those of replication and maintenance
                    THEN a.backend_type !~ '^(walsender|logical replication|autovacuum|parallel|slotsync)'
                         AND a.backend_start <= coalesce($2::timestamptz, s.moment)
                    ELSE NOT r.rolsuper
                         AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_replication AS w WHERE w.pid = a.pid)
                         AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_subscription AS w WHERE w.pid = a.pid) END) AS e ON true
