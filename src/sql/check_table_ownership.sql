-- Tables that this role may not put into a publication, nor lock for the pause.
SELECT c.oid, n.nspname || '.' || c.relname AS object,
       -- never the advice to make somebody a superuser by the way
       CASE WHEN o.rolsuper THEN pg_catalog.format('connect as %I', o.rolname)
            ELSE pg_catalog.format('GRANT %I TO %I', o.rolname, current_user) END AS command
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_roles AS o ON o.oid = c.relowner
 WHERE c.relkind = 'r' AND c.relpersistence = 'p'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
   AND NOT pg_catalog.pg_has_role(c.relowner, 'USAGE')
 ORDER BY n.nspname, c.relname
