-- $1 subscription of this database: [slot, publications, the subscription's origin, tables that are not ready]
SELECT s.subslotname, s.subpublications, 'pg_' || s.oid,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_subscription_rel AS r WHERE r.srsubid = s.oid AND r.srsubstate <> 'r')
  FROM pg_catalog.pg_subscription AS s
 WHERE s.subname = $1 AND s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
