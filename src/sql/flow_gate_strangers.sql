-- Sessions of the new side's database that have written, or are about to: what they write is in the way of the stream, or is lost.
SELECT pg_catalog.format('pid %s, user %s, application %L: %s', a.pid, COALESCE(a.usename, a.backend_type), a.application_name,
                         pg_catalog.left(pg_catalog.regexp_replace(a.query, '\s+', ' ', 'g'), 60)),
       pg_catalog.format('pg_terminate_backend(%s)', a.pid)
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid() AND a.backend_xid IS NOT NULL
   AND a.backend_type !~ '^(walsender|logical replication|autovacuum|parallel|slotsync)'
   AND a.pid NOT IN (SELECT w.pid FROM pg_catalog.pg_stat_subscription AS w WHERE w.pid IS NOT NULL)
 ORDER BY a.xact_start LIMIT 5
