-- Subscriptions of the source's own: no setting stops their workers, which would write on after the switchover.
SELECT pg_catalog.format('%I', s.subname) AS object
  FROM pg_catalog.pg_subscription AS s
 WHERE s.subenabled AND s.subname !~ '^pgbaton_'
   AND s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
 ORDER BY 1 LIMIT 5
