-- Relations in the way. $1 include, $2 exclude: what is left out may be there
SELECT n.nspname || '.' || c.relname AS object
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
   AND (pg_catalog.jsonb_array_length($1::pg_catalog.jsonb) = 0
        OR EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb) AS p
                    WHERE n.nspname LIKE p.value ->> 0 AND c.relname LIKE p.value ->> 1))
   AND NOT EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($2::pg_catalog.jsonb) AS p
                    WHERE n.nspname LIKE p.value ->> 0 AND c.relname LIKE p.value ->> 1)
 ORDER BY n.nspname, c.relname
