-- $1: source_database
SELECT $1::pg_catalog.jsonb ->> 'encoding' AS source, pg_catalog.pg_encoding_to_char(d.encoding) AS target
  FROM pg_catalog.pg_database AS d
 WHERE d.datname = pg_catalog.current_database()
   AND pg_catalog.pg_encoding_to_char(d.encoding) <> $1::pg_catalog.jsonb ->> 'encoding'
