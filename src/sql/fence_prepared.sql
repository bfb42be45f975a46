-- Prepared transactions can be committed even where transactions are read-only. $1 at least so old, in seconds
SELECT pg_catalog.format('%L of %s, prepared %s', p.gid, p.owner, pg_catalog.date_trunc('second', p.prepared))
  FROM pg_catalog.pg_prepared_xacts AS p
 WHERE p.database = pg_catalog.current_database()
   AND p.prepared <= pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => $1::double precision)
 ORDER BY p.prepared LIMIT 5
