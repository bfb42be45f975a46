-- The database in which that session holds that advisory lock, if it is one of this cluster. $1 key, $2 pid
SELECT d.datname
  FROM pg_catalog.pg_locks AS l
  JOIN pg_catalog.pg_database AS d ON d.oid = l.database
 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid = $2::integer
   AND (l.classid::bigint << 32) | l.objid::bigint = $1::bigint
