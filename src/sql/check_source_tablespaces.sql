SELECT COALESCE(pg_catalog.jsonb_agg(s.spcname), '[]')
  FROM pg_catalog.pg_tablespace AS s
 WHERE s.oid IN (SELECT c.reltablespace FROM pg_catalog.pg_class AS c) AND s.spcname !~ '^pg_'
