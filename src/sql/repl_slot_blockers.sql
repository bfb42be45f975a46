-- The transactions that the creation of a slot waits for.
SELECT pg_catalog.format('pid %s, user %s, %s since %s: %s', a.pid, a.usename, a.state,
                         pg_catalog.to_char(pg_catalog.clock_timestamp() - a.xact_start, 'HH24:MI:SS'),
                         pg_catalog.left(pg_catalog.regexp_replace(a.query, '\s+', ' ', 'g'), 60)) AS blocker
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.backend_xid IS NOT NULL AND a.pid <> pg_catalog.pg_backend_pid()
UNION ALL
SELECT pg_catalog.format('prepared transaction %L of %s since %s', p.gid, p.owner,
                         pg_catalog.to_char(pg_catalog.clock_timestamp() - p.prepared, 'HH24:MI:SS'))
  FROM pg_catalog.pg_prepared_xacts AS p
 LIMIT 5
