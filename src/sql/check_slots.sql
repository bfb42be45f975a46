-- $1: slots needed, $2: names of those that are ours already
SELECT s.max, u.used, $1::integer AS needed, GREATEST(s.max - u.used, 0) AS free, u.used + $1::integer AS wanted
  FROM (SELECT setting::integer AS max FROM pg_catalog.pg_settings WHERE name = 'max_replication_slots') AS s,
       (SELECT pg_catalog.count(*) AS used FROM pg_catalog.pg_replication_slots WHERE slot_name::text !~ $2::text) AS u
 WHERE s.max - u.used < $1::integer
