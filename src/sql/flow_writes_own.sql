-- Sessions of this migration's pgbatons, by their own role, as an array. $1 application_name prefix
SELECT COALESCE(pg_catalog.array_agg(a.pid), '{}')
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.datname = pg_catalog.current_database() AND a.usename = CURRENT_USER
   AND pg_catalog.left(a.application_name, pg_catalog.length($1)) = $1
