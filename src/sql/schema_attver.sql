-- A table with column options that only a pg_dump of the server's own kind leaves out; no row if there is none.
SELECT n.nspname, c.relname
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE a.attoptions IS NOT NULL AND c.relkind IN ('r', 'p', 'f', 'm') AND NOT a.attisdropped
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relpersistence <> 't'
   AND EXISTS (SELECT FROM pg_catalog.unnest(a.attoptions) AS o (text) WHERE o.text ~ '^pg_attver=')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
   AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
 LIMIT 1
