-- Large objects in the order of their OIDs. Reading pg_largeobject takes a superuser.
-- $1 first, $2 last OID, $3 how many, $4 with a hash of their pages
SELECT m.oid, COALESCE(p.hash, '') AS hash
  FROM (SELECT o.oid FROM pg_catalog.pg_largeobject_metadata AS o
         WHERE o.oid >= $1::oid AND o.oid <= $2::oid ORDER BY o.oid LIMIT $3::bigint) AS m
  LEFT JOIN LATERAL (
        SELECT pg_catalog.md5(pg_catalog.string_agg(l.pageno::text || pg_catalog.md5(l.data), ',' ORDER BY l.pageno)) AS hash
          FROM pg_catalog.pg_largeobject AS l
         WHERE l.loid = m.oid) AS p ON $4::boolean
 ORDER BY m.oid
