-- Objects in pgbaton's name that belong to no known migration. $1: names of those that are ours
SELECT l.object
  FROM (SELECT 'publication ' || p.pubname AS object, p.pubname::text AS name FROM pg_catalog.pg_publication AS p
        UNION ALL
        SELECT 'slot ' || r.slot_name, r.slot_name::text
          FROM pg_catalog.pg_replication_slots AS r WHERE r.database = pg_catalog.current_database()
        UNION ALL
        SELECT 'subscription ' || s.subname, s.subname::text
          FROM pg_catalog.pg_subscription AS s
          JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
         WHERE d.datname = pg_catalog.current_database()) AS l
 WHERE l.name ~ '^pgbaton_' AND l.name !~ $1::text
 ORDER BY l.object
