-- $1 names
SELECT pg_catalog.string_agg(pg_catalog.format('"%s"', n.name), ', ')
  FROM pg_catalog.unnest($1::text[]) AS n (name)
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_publication AS p WHERE p.pubname = n.name)
