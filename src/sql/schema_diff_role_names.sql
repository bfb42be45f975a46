-- Roles that own or are granted something in this database, or have settings in it; as a JSON array. Not the bootstrap superuser.
SELECT COALESCE(pg_catalog.json_agg(DISTINCT r.rolname), '[]')::text
  FROM pg_catalog.pg_roles AS r
 WHERE r.oid <> 10 AND r.rolname !~ '^pg_'
   AND (r.oid IN (SELECT s.setrole FROM pg_catalog.pg_db_role_setting AS s
                    JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase WHERE d.datname = pg_catalog.current_database())
        OR EXISTS (SELECT FROM pg_catalog.pg_shdepend AS s
                     JOIN pg_catalog.pg_database AS d ON d.datname = pg_catalog.current_database()
                    WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = r.oid
                      AND (s.dbid = d.oid OR (s.dbid = 0 AND s.classid = 'pg_catalog.pg_database'::pg_catalog.regclass AND s.objid = d.oid))))
