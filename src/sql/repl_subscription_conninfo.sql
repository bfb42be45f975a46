-- $1 name of a subscription of this database. Roles who may not read it get an error: its column is not granted to all.
SELECT s.subconninfo
  FROM pg_catalog.pg_subscription AS s
 WHERE s.subname = $1 AND s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
