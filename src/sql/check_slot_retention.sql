SELECT pg_catalog.current_setting('max_slot_wal_keep_size') AS setting
  FROM pg_catalog.pg_settings AS s
 WHERE s.name = 'max_slot_wal_keep_size' AND s.setting <> '-1'
