-- Publications of somebody else that would carry our tables too, where a slot may send them to a subscriber. $1: names of slots that are ours
SELECT p.pubname AS object, s.slots
  FROM pg_catalog.pg_publication AS p
 CROSS JOIN (SELECT pg_catalog.string_agg(pg_catalog.format('"%s"', r.slot_name), ', ' ORDER BY r.slot_name) AS slots
               FROM pg_catalog.pg_replication_slots AS r
              WHERE r.database = pg_catalog.current_database() AND r.plugin = 'pgoutput' AND r.slot_name !~ $1::text) AS s
 WHERE p.puballtables AND s.slots IS NOT NULL
 ORDER BY p.pubname
