-- Databases in which role $1 has rights or owns something, this one last; is_open: can be connected to.
SELECT d.datname, d.datallowconn AS is_open
  FROM pg_catalog.pg_database AS d
 WHERE d.datname = pg_catalog.current_database()
    OR EXISTS (SELECT FROM pg_catalog.pg_shdepend AS s
                 JOIN pg_catalog.pg_roles AS r ON r.oid = s.refobjid AND r.rolname = $1
                WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
                  AND (s.dbid = d.oid OR (s.classid = 'pg_catalog.pg_database'::pg_catalog.regclass AND s.objid = d.oid)))
 ORDER BY d.datname = pg_catalog.current_database(), d.datname
