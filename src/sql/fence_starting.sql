-- Sessions that are being set up: they hold this lock on their database from before they read its settings until they can be seen.
SELECT pg_catalog.count(*)
  FROM pg_catalog.pg_locks AS l
 WHERE l.locktype = 'object' AND l.classid = 'pg_catalog.pg_database'::pg_catalog.regclass AND l.mode = 'RowExclusiveLock'
   AND l.objid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
   AND l.pid <> ALL ($1::integer[])
