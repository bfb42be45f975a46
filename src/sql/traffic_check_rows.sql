-- The rows of every table whose rows come and go, in one form.
DECLARE pgbaton_traffic_check NO SCROLL CURSOR FOR
SELECT 'i', i.run, i.writer, i.n, i.slot, i.id, i.changed,
       pg_catalog.md5(pg_catalog.concat(i.quantity, ':', i.label))
  FROM pgbaton_traffic.item AS i
 UNION ALL
SELECT 'n', n.run, n.writer, n.n, n.slot, n.n, n.changed, pg_catalog.md5(n.content)
  FROM pgbaton_traffic.note AS n
 UNION ALL
SELECT 'd', d.run, d.writer, d.n, d.slot, d.id, d.changed,
       pg_catalog.md5(pg_catalog.concat(d.title, ':', pg_catalog.md5(d.body), ':', pg_catalog.md5(d.data)))
  FROM pgbaton_traffic.document AS d
