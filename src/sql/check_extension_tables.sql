-- Configuration tables of extensions that hold rows of the user's.
SELECT c.oid, n.nspname || '.' || c.relname AS object
  FROM pg_catalog.pg_extension AS e,
       LATERAL pg_catalog.unnest(e.extconfig) AS u (relid)
  JOIN pg_catalog.pg_class AS c ON c.oid = u.relid AND c.relkind = 'r'
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 ORDER BY n.nspname, c.relname
