-- $1: source_roles
SELECT r.name AS object
  FROM pg_catalog.jsonb_array_elements_text($1::pg_catalog.jsonb) AS r (name)
 WHERE r.name NOT IN (SELECT t.rolname FROM pg_catalog.pg_roles AS t)
 ORDER BY 1
