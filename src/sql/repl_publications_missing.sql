-- $1 names of publications: those that this database does not have
SELECT n.name
  FROM pg_catalog.unnest($1::text[]) AS n (name)
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_publication AS p WHERE p.pubname = n.name)
