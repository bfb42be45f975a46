-- For this transaction, statements that hold a password are kept out of the server's log, as far as this role may say so.
SELECT pg_catalog.set_config(s.name, s.value, true)
  FROM (VALUES ('log_statement', 'none'), ('log_min_duration_statement', '-1'), ('log_min_error_statement', 'panic')) AS s (name, value)
 WHERE pg_catalog.current_setting('is_superuser') = 'on'
