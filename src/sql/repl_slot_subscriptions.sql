-- Subscriptions of the whole server by the name of their slot. $1 that name, or null for all
SELECT s.subslotname::text AS slot_name, d.datname AS database, s.subname::text AS name
  FROM pg_catalog.pg_subscription AS s
  JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
 WHERE s.subslotname IS NOT NULL AND ($1::text IS NULL OR s.subslotname = $1)
 ORDER BY 1, 2, 3
