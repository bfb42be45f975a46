-- Who holds the migration's lock in this database. $1 its name
SELECT pg_catalog.format('pid %s, user %s, address %s, since %s', a.pid, a.usename, COALESCE(a.client_addr::text, 'local'),
                         pg_catalog.date_trunc('second', a.backend_start))
  FROM pg_catalog.pg_locks AS l
  JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
 WHERE l.locktype = 'advisory' AND l.classid = 1346847298
   AND l.objid::bigint = (pg_catalog.hashtext($1)::bigint & 4294967295) AND l.granted
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
