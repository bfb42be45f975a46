-- $1 subscription of this database: its tables, without markers
SELECT n.nspname, c.relname
  FROM pg_catalog.pg_subscription AS s
  JOIN pg_catalog.pg_subscription_rel AS r ON r.srsubid = s.oid
  JOIN pg_catalog.pg_class AS c ON c.oid = r.srrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE s.subname = $1 AND s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
   AND n.nspname <> 'pgbaton'
 ORDER BY n.nspname COLLATE pg_catalog."C", c.relname COLLATE pg_catalog."C"
