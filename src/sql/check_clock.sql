-- $1: the source's time
SELECT pg_catalog.round(pg_catalog.abs(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - $1::timestamptz))::numeric) AS seconds
 WHERE pg_catalog.abs(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - $1::timestamptz)) > 60
