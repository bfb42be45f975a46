-- The end of the server's log, when this role may read it and it is a plain file: the collector's current one, or what stderr was sent to.
SELECT pg_catalog.pg_read_file(f.path, GREATEST((pg_catalog.pg_stat_file(f.path)).size - 65536, 0), 65536)
  FROM (SELECT COALESCE(pg_catalog.pg_current_logfile('stderr'), '/proc/self/fd/2') AS path) AS f
 WHERE (pg_catalog.pg_stat_file(f.path, true)).size > 0
