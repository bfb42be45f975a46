-- Of the names in $1, those of no extension of this database.
SELECT n.name
  FROM pg_catalog.jsonb_array_elements_text($1::pg_catalog.jsonb) AS n (name)
 WHERE n.name NOT IN (SELECT e.extname FROM pg_catalog.pg_extension AS e)
 ORDER BY n.name
