-- $1: does the target database exist (this session is in it)?
SELECT CASE WHEN $1::boolean THEN pg_catalog.format('GRANT CREATE ON DATABASE %I TO %I', d.datname, current_user)
            ELSE pg_catalog.format('ALTER ROLE %I CREATEDB', current_user) END AS command,
       CASE WHEN $1::boolean THEN 'schemas and extensions' ELSE 'the database' END AS things
  FROM pg_catalog.pg_database AS d, pg_catalog.pg_roles AS r
 WHERE d.datname = pg_catalog.current_database() AND r.rolname = current_user
   AND CASE WHEN $1::boolean THEN NOT pg_catalog.has_database_privilege(d.oid, 'CREATE') ELSE NOT (r.rolsuper OR r.rolcreatedb) END
