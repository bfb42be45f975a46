-- $1: source_roles
SELECT r.name AS object, pg_catalog.format('ALTER ROLE %I CREATEROLE', current_user) AS command
  FROM pg_catalog.jsonb_array_elements_text($1::pg_catalog.jsonb) AS r (name), pg_catalog.pg_roles AS u
 WHERE u.rolname = current_user AND NOT u.rolsuper AND NOT u.rolcreaterole
   AND r.name NOT IN (SELECT t.rolname FROM pg_catalog.pg_roles AS t)
 ORDER BY 1
