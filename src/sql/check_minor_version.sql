-- Commit 4909b38af0: changes of a table were decoded by an old definition when DDL ran beside them.
SELECT pg_catalog.current_setting('server_version') AS version, f.major || '.' || f.minor AS fixed
  FROM (VALUES (14, 18), (15, 13), (16, 9), (17, 5)) AS f (major, minor)
 WHERE pg_catalog.current_setting('server_version_num')::integer / 10000 = f.major
   AND pg_catalog.current_setting('server_version_num')::integer % 10000 < f.minor
