-- Patterns that match nothing. $1 include, $2 exclude
SELECT p.item ->> 2 AS object
  FROM (SELECT i.item FROM pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb) AS i (item)
        UNION ALL
        SELECT e.item FROM pg_catalog.jsonb_array_elements($2::pg_catalog.jsonb) AS e (item)) AS p
 WHERE NOT EXISTS (SELECT
                     FROM pg_catalog.pg_class AS c
                     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND n.nspname LIKE p.item ->> 0 AND c.relname LIKE p.item ->> 1)
