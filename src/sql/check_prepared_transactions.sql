-- The creation of a slot waits for these for ever, whichever database they are in.
SELECT p.gid AS object, p.database AS its_database, pg_catalog.format('ROLLBACK PREPARED %L', p.gid) AS command
  FROM pg_catalog.pg_prepared_xacts AS p
 ORDER BY p.prepared
