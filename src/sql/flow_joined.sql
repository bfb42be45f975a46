-- The pgbatons that take part in the copy from elsewhere, and their workers. $1 application_name of the former
SELECT pg_catalog.count(*) FILTER (WHERE a.application_name = $1) AS pgbatons,
       pg_catalog.count(*) FILTER (WHERE a.application_name = $1 || ' copy') AS workers
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.datname = pg_catalog.current_database()
