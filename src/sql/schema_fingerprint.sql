-- $1: include patterns, $2: exclude patterns (filter.h)
-- [schema, table, md5] of every table, as JSON text. Columns that older versions lack are read through to_jsonb.
SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_array(t.nspname, t.relname, pg_catalog.md5(t.state))
                                    ORDER BY t.nspname::text COLLATE pg_catalog."C", t.relname::text COLLATE pg_catalog."C")::text, '[]')
  FROM (SELECT n.nspname, c.relname,
               pg_catalog.json_build_array(
                   c.relkind, c.relpersistence, c.relreplident,
                   (SELECT pg_catalog.json_agg(i.inhparent::pg_catalog.regclass ORDER BY i.inhseqno)
                      FROM pg_catalog.pg_inherits AS i
                     WHERE i.inhrelid = c.oid),
                   (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
                               a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                               pg_catalog.to_jsonb(a) ->> 'attgenerated',
                               -- a label that the target's type lacks would stop the subscription
                               (SELECT pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder)
                                  FROM pg_catalog.pg_enum AS e
                                 WHERE e.enumtypid IN (a.atttypid, y.typelem, y.typbasetype))) ORDER BY a.attnum)
                      FROM pg_catalog.pg_attribute AS a
                      JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid
                     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
                   (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
                               pg_catalog.pg_get_indexdef(x.indexrelid), x.indisvalid, x.indisprimary, x.indisreplident)
                               ORDER BY o.relname::text COLLATE pg_catalog."C")
                      FROM pg_catalog.pg_index AS x
                      JOIN pg_catalog.pg_class AS o ON o.oid = x.indexrelid
                     WHERE x.indrelid = c.oid),
                   (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(k.conname, pg_catalog.pg_get_constraintdef(k.oid))
                               ORDER BY k.conname::text COLLATE pg_catalog."C")
                      FROM pg_catalog.pg_constraint AS k
                     WHERE k.conrelid = c.oid AND k.contype IN ('c', 'f', 'p', 'u', 'x')))::text AS state
          FROM pg_catalog.pg_class AS c
          JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
           AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
           AND (pg_catalog.jsonb_array_length($1::pg_catalog.jsonb) = 0
                OR EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb) AS p
                            WHERE n.nspname LIKE p.value ->> 0 AND c.relname LIKE p.value ->> 1))
           AND NOT EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($2::pg_catalog.jsonb) AS p
                            WHERE n.nspname LIKE p.value ->> 0 AND c.relname LIKE p.value ->> 1)
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
                              AND d.deptype = 'e')) AS t
