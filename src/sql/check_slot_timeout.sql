SELECT pg_catalog.current_setting('idle_replication_slot_timeout') AS setting
  FROM pg_catalog.pg_settings AS s
 WHERE s.name = 'idle_replication_slot_timeout' AND s.setting <> '0'
