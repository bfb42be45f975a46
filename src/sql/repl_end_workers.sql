-- $1 subscription name
SELECT pg_catalog.pg_terminate_backend(w.pid)
  FROM pg_catalog.pg_stat_subscription AS w
  JOIN pg_catalog.pg_subscription AS s ON s.oid = w.subid
 WHERE s.subname = $1 AND w.pid IS NOT NULL
   AND s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
