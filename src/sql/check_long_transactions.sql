-- Transactions that have written and are older than half a minute: the creation of a slot waits for each of them.
SELECT pg_catalog.format('pid %s, user %s, %s for %s: %s', a.pid, a.usename, a.state,
                         pg_catalog.to_char(pg_catalog.clock_timestamp() - a.xact_start, 'HH24:MI:SS'),
                         pg_catalog.left(pg_catalog.regexp_replace(a.query, '\s+', ' ', 'g'), 60)) AS object,
       pg_catalog.format('SELECT pg_terminate_backend(%s)', a.pid) AS command
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.backend_xid IS NOT NULL AND a.pid <> pg_catalog.pg_backend_pid()
   AND a.xact_start < pg_catalog.clock_timestamp() - '30 seconds'::pg_catalog.interval
 ORDER BY a.xact_start
