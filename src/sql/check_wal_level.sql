-- From 19 on, replica suffices: the server raises the level by itself when a logical slot appears.
SELECT s.setting,
       CASE WHEN s.pending_restart THEN 'it was changed, but only a restart puts it in force' ELSE 'decoding changes takes "logical"' END AS reason,
       CASE WHEN s.pending_restart THEN 'Restart the server.'
            WHEN EXISTS (SELECT FROM pg_catalog.pg_settings AS r WHERE r.name = 'rds.logical_replication')
            THEN 'Set rds.logical_replication = 1 in the parameter group, then reboot the instance.'
            ELSE 'ALTER SYSTEM SET wal_level = logical, then restart the server.' END AS remedy
  FROM pg_catalog.pg_settings AS s
 WHERE s.name = 'wal_level'
   AND s.setting <> 'logical'
   AND NOT (s.setting = 'replica' AND pg_catalog.current_setting('server_version_num')::integer >= 190000)
