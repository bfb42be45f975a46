-- $1: origins needed, $2: names of subscriptions that are ours already. Their number was bounded by max_replication_slots before 18.
SELECT s.name, s.max, u.used, $1::integer AS needed, GREATEST(s.max - u.used, 0) AS free, u.used + $1::integer AS wanted
  FROM (SELECT name, setting::integer AS max
          FROM pg_catalog.pg_settings
         WHERE name IN ('max_active_replication_origins', 'max_replication_slots')
         ORDER BY name LIMIT 1) AS s,
       (SELECT pg_catalog.count(*) AS used
          FROM pg_catalog.pg_replication_origin AS o
         WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_subscription AS b
                            WHERE b.subname::text ~ $2::text
                              AND o.roname = 'pg_' || (SELECT r.oid FROM pg_catalog.pg_subscription AS r WHERE r.subname = b.subname
                                                          AND r.subdbid = b.subdbid))) AS u
 WHERE s.max - u.used < $1::integer
