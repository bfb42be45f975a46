-- Every large object with a hash of its pages, in the order of their OIDs. Reading pg_largeobject takes a superuser.
SELECT m.oid, COALESCE(p.hash, '') AS hash
  FROM pg_catalog.pg_largeobject_metadata AS m
  LEFT JOIN (SELECT l.loid, pg_catalog.md5(pg_catalog.string_agg(l.pageno::text || pg_catalog.md5(l.data), ',' ORDER BY l.pageno)) AS hash
               FROM pg_catalog.pg_largeobject AS l GROUP BY l.loid) AS p ON p.loid = m.oid
 ORDER BY m.oid
