-- $1: exclude patterns (filter.h). Schemas that are left out with everything in them.
SELECT n.nspname
  FROM pg_catalog.pg_namespace AS n
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND (n.nspname = 'pgbaton'
        OR EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb) AS p
                    WHERE n.nspname LIKE p.value ->> 0 AND p.value ->> 1 = '%'))
 ORDER BY 1
