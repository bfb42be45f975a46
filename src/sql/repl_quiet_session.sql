-- As pg_quiet_log, for statements that cannot be in a transaction: until the end of the session.
SELECT pg_catalog.set_config(s.name, s.value, false)
  FROM (VALUES ('log_statement', 'none'), ('log_min_duration_statement', '-1'), ('log_min_error_statement', 'panic')) AS s (name, value)
 WHERE pg_catalog.current_setting('is_superuser') = 'on'
