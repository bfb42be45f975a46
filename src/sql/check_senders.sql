-- $1: senders needed, $2: names of those that are ours already
SELECT s.max, u.used, $1::integer AS needed, GREATEST(s.max - u.used, 0) AS free, u.used + $1::integer AS wanted
  FROM (SELECT setting::integer AS max FROM pg_catalog.pg_settings WHERE name = 'max_wal_senders') AS s,
       (SELECT pg_catalog.count(*) AS used FROM pg_catalog.pg_stat_replication WHERE COALESCE(application_name, '') !~ $2::text) AS u
 WHERE s.max - u.used < $1::integer
