-- $1: apply workers needed, $2: names of subscriptions that are ours already. The launcher takes one more.
SELECT s.max, u.used + 1 AS used, $1::integer AS needed, GREATEST(s.max - u.used - 1, 0) AS free, u.used + 1 + $1::integer AS wanted
  FROM (SELECT setting::integer AS max FROM pg_catalog.pg_settings WHERE name = 'max_worker_processes') AS s,
       (SELECT pg_catalog.count(*) AS used FROM pg_catalog.pg_subscription WHERE subenabled AND subname::text !~ $2::text) AS u
 WHERE s.max - u.used - 1 < $1::integer
