-- Is the record of "identity fix" all there is in schema pgbaton?
SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = pg_catalog.to_regnamespace('pgbaton')
                      AND NOT (d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                               AND d.objid = pg_catalog.to_regclass('pgbaton.identity_change')))
