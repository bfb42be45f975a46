-- Logical slots that are not ours. $1 what the names of ours begin with
SELECT pg_catalog.format('%s (%s)', s.slot_name, CASE WHEN s.active THEN 'in use' ELSE 'not in use' END)
  FROM pg_catalog.pg_replication_slots AS s
 WHERE s.slot_type = 'logical' AND s.database = pg_catalog.current_database()
   AND pg_catalog.left(s.slot_name::text, pg_catalog.length($1)) <> $1
 ORDER BY s.slot_name LIMIT 5
