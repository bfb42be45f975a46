-- Tables and sequences that this role may not read.
SELECT c.oid, n.nspname || '.' || c.relname AS object,
       CASE WHEN NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE') THEN pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I; ', n.nspname, current_user)
            ELSE '' END
       || pg_catalog.format('GRANT SELECT ON %I.%I TO %I', n.nspname, c.relname, current_user) AS command
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
   AND NOT (pg_catalog.has_schema_privilege(n.oid, 'USAGE')
            -- has_sequence_privilege() on a table is an error, and the order of conditions is the planner's
            AND CASE c.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
                               ELSE pg_catalog.has_table_privilege(c.oid, 'SELECT') END)
 ORDER BY n.nspname, c.relname
