-- What a migration made in this database. $1 its name
SELECT 'subscription' AS kind, s.subname AS name
  FROM pg_catalog.pg_subscription AS s
 WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
   AND s.subname ~ ('^pgbaton_' || $1 || '_[0-9]+_([0-9]+|r0?|f0)$')
UNION ALL
SELECT 'slot', s.slot_name
  FROM pg_catalog.pg_replication_slots AS s
 WHERE s.database = pg_catalog.current_database() AND s.slot_name ~ ('^pgbaton_' || $1 || '_[0-9]+_([0-9]+|r0?|f0)$')
UNION ALL
SELECT 'publication', p.pubname
  FROM pg_catalog.pg_publication AS p
 WHERE p.pubname ~ ('^pgbaton_' || $1 || '_[0-9]+_([0-9]+|r0?|f0)$')
UNION ALL
SELECT 'marker', c.relname
  FROM pg_catalog.pg_class AS c
 WHERE c.relnamespace = pg_catalog.to_regnamespace('pgbaton') AND c.relkind = 'r' AND c.relname ~ ('^marker_' || $1 || '_([0-9]+|r0?|f0)$')
