SELECT pg_catalog.format('%L of %s', p.gid, p.owner)
  FROM pg_catalog.pg_prepared_xacts AS p
 WHERE p.database = pg_catalog.current_database()
 ORDER BY p.prepared LIMIT 5
