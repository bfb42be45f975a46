-- $1 names of tables as SQL writes them, with their schemas. Null where there is no such table.
SELECT t.name AS given, c.oid, n.nspname, c.relname
  FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS t (name, position)
  LEFT JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(t.name)::pg_catalog.oid AND c.relkind IN ('r', 'p')
  LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 ORDER BY t.position
