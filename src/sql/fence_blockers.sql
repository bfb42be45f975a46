-- Sessions that hold a lock on a user table that conflicts with EXCLUSIVE: all but ACCESS SHARE.
SELECT DISTINCT pg_catalog.format('pid %s, user %s, %s, transaction of %s: %s', a.pid, COALESCE(a.usename, a.backend_type), a.state,
                         pg_catalog.to_char(pg_catalog.clock_timestamp() - a.xact_start, 'HH24:MI:SS'),
                         pg_catalog.left(pg_catalog.regexp_replace(a.query, '\s+', ' ', 'g'), 60)),
       a.xact_start
  FROM pg_catalog.pg_locks AS l
  JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
 WHERE l.locktype = 'relation' AND l.relation >= 16384 AND l.granted AND a.pid <> pg_catalog.pg_backend_pid()
   AND l.mode <> 'AccessShareLock'
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
 ORDER BY a.xact_start
 LIMIT 5
