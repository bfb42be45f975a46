-- The first large object of each chunk but the first one, and the size of all. $1 objects, $2 bytes of a chunk
WITH sized AS (
    -- From the number of the last page: counting them would read an index of the whole.
    SELECT m.oid, (COALESCE(p.pageno, 0)::bigint + 1) * (pg_catalog.current_setting('block_size')::integer / 4) AS size
      FROM pg_catalog.pg_largeobject_metadata AS m
      LEFT JOIN LATERAL (SELECT l.pageno FROM pg_catalog.pg_largeobject AS l
                          WHERE l.loid = m.oid ORDER BY l.pageno DESC LIMIT 1) AS p ON true
), numbered AS (
    SELECT s.oid,
           (pg_catalog.row_number() OVER w - 1) / $1::bigint AS by_number,
           pg_catalog.div(pg_catalog.sum(s.size) OVER w - s.size, $2::bigint) AS by_size,
           pg_catalog.sum(s.size) OVER () AS total
      FROM sized AS s
    WINDOW w AS (ORDER BY s.oid)
), parts AS (
    SELECT n.oid, n.by_number + n.by_size AS part, pg_catalog.lag(n.by_number + n.by_size) OVER (ORDER BY n.oid) AS previous, n.total
      FROM numbered AS n
)
SELECT p.oid, p.total
  FROM parts AS p
 WHERE p.part <> p.previous
 ORDER BY p.oid
