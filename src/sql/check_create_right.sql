-- May this role create in this database?
SELECT pg_catalog.format('GRANT CREATE ON DATABASE %I TO %I', d.datname, current_user) AS command
  FROM pg_catalog.pg_database AS d
 WHERE d.datname = pg_catalog.current_database() AND NOT pg_catalog.has_database_privilege(d.oid, 'CREATE')
