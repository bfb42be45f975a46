-- The environment every session of ours runs in; settings that a version lacks are left out.
SELECT pg_catalog.set_config(w.name, w.value, false)
  FROM (VALUES ('search_path', ''),
               ('statement_timeout', '0'),
               ('lock_timeout', '0'),
               ('idle_in_transaction_session_timeout', '0'),
               ('idle_session_timeout', '0'),
               ('transaction_timeout', '0'),
               ('default_transaction_read_only', 'off'),
               ('default_transaction_isolation', 'read committed'),
               ('default_transaction_deferrable', 'off'),
               ('standard_conforming_strings', 'on'),
               ('escape_string_warning', 'off'),
               ('quote_all_identifiers', 'off'),
               ('row_security', 'off'),
               ('DateStyle', 'ISO, MDY'),
               ('IntervalStyle', 'postgres'),
               ('TimeZone', 'UTC'),
               ('bytea_output', 'hex'),
               ('extra_float_digits', '3'),
               ('client_min_messages', 'warning'),
               ('synchronize_seqscans', 'off'),
               ('jit', 'off'),
               -- A host of ours that vanishes is noticed within half a minute, and what it held is released.
               ('tcp_keepalives_idle', '10'),
               ('tcp_keepalives_interval', '5'),
               ('tcp_keepalives_count', '4')) AS w (name, value)
 WHERE w.name IN (SELECT s.name FROM pg_catalog.pg_settings AS s)
UNION ALL
-- What is acknowledged to us must be on disk: the journal, the point of no return, the opening of the target.
SELECT pg_catalog.set_config('synchronous_commit', 'on', false)
 WHERE pg_catalog.current_setting('synchronous_commit') = 'off'
UNION ALL
-- A database may have a client_encoding of its own that cannot express its names.
SELECT pg_catalog.set_config('client_encoding', 'UTF8', false)
 WHERE pg_catalog.getdatabaseencoding() <> 'SQL_ASCII'
UNION ALL
-- Their triggers, rules and event triggers are not to fire on what we do.
SELECT pg_catalog.set_config(w.name, w.value, false)
  FROM (VALUES ('session_replication_role', 'replica'),
               ('event_triggers', 'off')) AS w (name, value)
 WHERE pg_catalog.current_setting('is_superuser') = 'on'
   AND w.name IN (SELECT s.name FROM pg_catalog.pg_settings AS s)
