-- $1 names of marker tables: how many of them an apply worker waits for
SELECT pg_catalog.count(DISTINCT l.relation)
  FROM pg_catalog.pg_locks AS l
  JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
 WHERE NOT l.granted AND l.mode = 'RowExclusiveLock' AND a.backend_type LIKE 'logical replication%'
   AND n.nspname = 'pgbaton' AND c.relname = ANY ($1::text[])
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
