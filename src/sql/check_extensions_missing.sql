-- $1: source_extensions
SELECT e.item ->> 'name' AS object
  FROM pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb) AS e (item)
 WHERE e.item ->> 'name' NOT IN (SELECT a.name FROM pg_catalog.pg_available_extensions AS a)
 ORDER BY 1
