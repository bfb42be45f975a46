-- $1 loid, $2 page numbers, $3 their data. A page is BLCKSZ / 4 bytes.
SELECT pg_catalog.count(pg_catalog.lo_put($1::oid, p.pageno::bigint * (pg_catalog.current_setting('block_size')::integer / 4), p.data))
  FROM ROWS FROM (pg_catalog.unnest($2::integer[]), pg_catalog.unnest($3::bytea[])) AS p (pageno, data)
