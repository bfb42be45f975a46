-- $1: source_tablespaces
SELECT s.name AS object
  FROM pg_catalog.jsonb_array_elements_text($1::pg_catalog.jsonb) AS s (name)
 WHERE s.name NOT IN (SELECT t.spcname FROM pg_catalog.pg_tablespace AS t)
 ORDER BY 1
