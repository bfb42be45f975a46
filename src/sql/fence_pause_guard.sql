-- The session that waits to take this pause back. $1 the pause's number
SELECT l.pid
  FROM pg_catalog.pg_locks AS l
 WHERE l.locktype = 'advisory' AND l.classid = 1346847299 AND l.objid = ($1::bigint % 2147483647)::pg_catalog.oid AND l.granted
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
