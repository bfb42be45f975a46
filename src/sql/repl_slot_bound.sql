-- How much WAL slots may keep, before 13 without a bound: null. The size and its text
SELECT s.setting::bigint * 1048576 AS bytes, pg_catalog.current_setting(s.name) AS setting
  FROM pg_catalog.pg_settings AS s
 WHERE s.name = 'max_slot_wal_keep_size' AND s.setting <> '-1'
