-- $1: source_database
SELECT $1::pg_catalog.jsonb ->> 'version' AS source, pg_catalog.current_setting('server_version') AS target
 WHERE pg_catalog.current_setting('server_version_num')::integer / 10000 < ($1::pg_catalog.jsonb ->> 'major')::integer
