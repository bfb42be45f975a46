-- A text that is another one when a definition that rows or values depend on was changed: every change of a catalog row leaves a new xmin, but for
-- those of VACUUM and ANALYZE, which are made in place. Other sessions' temporary tables come and go.
WITH relation AS (
    SELECT c.oid, c.xmin::pg_catalog.text::pg_catalog.int8 AS x
      FROM pg_catalog.pg_class AS c
     WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND c.oid >= 16384)
SELECT pg_catalog.concat_ws(' ',
    (SELECT pg_catalog.concat(pg_catalog.count(*), '/', pg_catalog.sum(r.x)) FROM relation AS r),
    (SELECT pg_catalog.concat(pg_catalog.count(*), '/', pg_catalog.sum(a.xmin::pg_catalog.text::pg_catalog.int8))
       FROM pg_catalog.pg_attribute AS a
      WHERE a.attnum > 0 AND a.attrelid IN (SELECT c.oid FROM pg_catalog.pg_class AS c
                                             WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND c.oid >= 16384)),
    (SELECT pg_catalog.concat(pg_catalog.count(*), '/', pg_catalog.sum(s.xmin::pg_catalog.text::pg_catalog.int8))
       FROM pg_catalog.pg_sequence AS s
       JOIN relation AS r ON r.oid = s.seqrelid),
    (SELECT pg_catalog.concat(pg_catalog.count(*), '/', pg_catalog.sum(i.xmin::pg_catalog.text::pg_catalog.int8))
       FROM pg_catalog.pg_index AS i
       JOIN relation AS r ON r.oid = i.indrelid
      WHERE i.indisvalid),
    (SELECT pg_catalog.concat(pg_catalog.count(*), '/', pg_catalog.sum(k.xmin::pg_catalog.text::pg_catalog.int8))
       FROM pg_catalog.pg_constraint AS k
       JOIN relation AS r ON r.oid = k.conrelid),
    (SELECT pg_catalog.concat(pg_catalog.count(*), '/', pg_catalog.sum(t.xmin::pg_catalog.text::pg_catalog.int8))
       FROM pg_catalog.pg_trigger AS t
       JOIN relation AS r ON r.oid = t.tgrelid),
    (SELECT pg_catalog.concat(pg_catalog.count(*), '/', pg_catalog.sum(d.xmin::pg_catalog.text::pg_catalog.int8))
       FROM pg_catalog.pg_attrdef AS d
       JOIN relation AS r ON r.oid = d.adrelid),
    (SELECT pg_catalog.concat(pg_catalog.count(*), '/', pg_catalog.sum(w.xmin::pg_catalog.text::pg_catalog.int8))
       FROM pg_catalog.pg_rewrite AS w
       JOIN relation AS r ON r.oid = w.ev_class),
    (SELECT pg_catalog.concat(pg_catalog.count(*), '/', pg_catalog.sum(p.xmin::pg_catalog.text::pg_catalog.int8))
       FROM pg_catalog.pg_policy AS p
       JOIN relation AS r ON r.oid = p.polrelid),
    (SELECT pg_catalog.concat(pg_catalog.count(*), '/', pg_catalog.sum(h.xmin::pg_catalog.text::pg_catalog.int8))
       FROM pg_catalog.pg_inherits AS h
       JOIN relation AS r ON r.oid = h.inhrelid),
    (SELECT pg_catalog.concat(pg_catalog.count(*), '/', pg_catalog.sum(e.xmin::pg_catalog.text::pg_catalog.int8)) FROM pg_catalog.pg_enum AS e))
