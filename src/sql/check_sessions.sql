-- $1: sessions needed. Our own of now go before those are opened. Of other users' sessions a plain role sees little more than the database.
SELECT s.max, u.used, $1::integer AS needed, GREATEST(s.max - u.used, 0) AS free, u.used + $1::integer AS wanted
  FROM (SELECT pg_catalog.current_setting('max_connections')::integer
               - CASE WHEN pg_catalog.current_setting('is_superuser') = 'on' THEN 0
                      ELSE pg_catalog.current_setting('superuser_reserved_connections')::integer
                           + COALESCE(pg_catalog.current_setting('reserved_connections', true), '0')::integer END AS max) AS s,
       (SELECT pg_catalog.count(*) AS used
          FROM pg_catalog.pg_stat_activity
         WHERE COALESCE(backend_type = 'client backend', datid IS NOT NULL) AND COALESCE(application_name, '') !~ '^pgbaton ') AS u
 WHERE s.max - u.used < $1::integer
