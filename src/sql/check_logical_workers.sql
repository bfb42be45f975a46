-- $1: apply workers needed, $2: names of subscriptions that are ours already. One that is enabled has a worker, running or not.
SELECT s.max, u.used, $1::integer AS needed, GREATEST(s.max - u.used, 0) AS free, u.used + $1::integer AS wanted
  FROM (SELECT setting::integer AS max FROM pg_catalog.pg_settings WHERE name = 'max_logical_replication_workers') AS s,
       (SELECT pg_catalog.count(*) AS used FROM pg_catalog.pg_subscription WHERE subenabled AND subname::text !~ $2::text) AS u
 WHERE s.max - u.used < $1::integer
