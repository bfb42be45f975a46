SELECT o.count, CASE o.count WHEN 1 THEN 'large object' ELSE 'large objects' END AS noun, pg_catalog.pg_table_size('pg_catalog.pg_largeobject'::pg_catalog.regclass) AS bytes, o.readable
  FROM (SELECT pg_catalog.count(*) AS count,
               pg_catalog.bool_and(pg_catalog.current_setting('is_superuser') = 'on'
                                   OR pg_catalog.pg_has_role(m.lomowner, 'USAGE')) AS readable
          FROM pg_catalog.pg_largeobject_metadata AS m) AS o
 WHERE o.count > 0
