-- Writes the query of the rows of pg_subscription as JSON: of the columns that this role may read, which differ by version. The connection string is left
-- out, as its password would come back as a parameter, which servers log.
SELECT 'SELECT pg_catalog.json_agg(pg_catalog.json_build_object('
       || pg_catalog.string_agg(pg_catalog.format('%L, s.%I', a.attname, a.attname), ', ' ORDER BY a.attnum)
       || ')) FROM pg_catalog.pg_subscription AS s'
  FROM pg_catalog.pg_attribute AS a
 WHERE a.attrelid = 'pg_catalog.pg_subscription'::pg_catalog.regclass
   AND (a.attnum > 0 OR a.attname = 'oid') AND NOT a.attisdropped AND a.attname <> 'subconninfo'
   AND pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT')
