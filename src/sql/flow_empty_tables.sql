-- Tables without a page, of those that are locked against TRUNCATE: a snapshot taken before sees no row in them. $1 OIDs
SELECT c.oid
  FROM pg_catalog.pg_class AS c
 WHERE c.oid = ANY ($1::oid[]) AND pg_catalog.pg_relation_size(c.oid) = 0
 ORDER BY c.oid
