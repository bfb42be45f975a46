-- A window of one object's pages as two arrays. $1 loid, $2 first page, $3 pages
SELECT pg_catalog.array_agg(w.pageno ORDER BY w.pageno)::text, pg_catalog.array_agg(w.data ORDER BY w.pageno)::text, pg_catalog.max(w.pageno),
       pg_catalog.sum(pg_catalog.length(w.data))
  FROM (SELECT l.pageno, l.data FROM pg_catalog.pg_largeobject AS l
         WHERE l.loid = $1::oid AND l.pageno >= $2::integer ORDER BY l.pageno LIMIT $3::integer) AS w
