-- Password hashes by role, as JSON text. For those who may read pg_authid.
SELECT COALESCE(pg_catalog.json_object_agg(a.rolname, a.rolpassword)::text, '{}')
  FROM pg_catalog.pg_authid AS a
 WHERE a.rolpassword IS NOT NULL AND a.rolname !~ '^pg_'
