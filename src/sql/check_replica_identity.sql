-- Tables whose updates and deletes the source itself refuses once they are published. Each leaf counts: a parent's setting is not inherited.
SELECT c.oid, n.nspname || '.' || c.relname AS object,
       pg_catalog.format('ALTER TABLE %I.%I REPLICA IDENTITY ', n.nspname, c.relname)
       || CASE WHEN pg_catalog.bool_or(i.indisprimary AND i.usable) THEN 'DEFAULT'
               ELSE COALESCE('USING INDEX ' || pg_catalog.min(pg_catalog.quote_ident(i.index_name)) FILTER (WHERE i.identifying), 'FULL') END AS command
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN (
        SELECT i.indrelid, i.indisprimary, i.indisreplident, x.relname AS index_name,
               -- a deferrable key does not count
               i.indisvalid AND i.indimmediate AS usable,
               i.indisvalid AND i.indimmediate AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL
               AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
                                WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[]) AND NOT a.attnotnull) AS identifying
          FROM pg_catalog.pg_index AS i
          JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
         WHERE i.indisunique) AS i ON i.indrelid = c.oid
 WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.relreplident <> 'f'
   AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
 GROUP BY c.oid, n.nspname, c.relname, c.relreplident
HAVING NOT CASE c.relreplident WHEN 'd' THEN COALESCE(pg_catalog.bool_or(i.indisprimary AND i.usable), false)
                               WHEN 'i' THEN COALESCE(pg_catalog.bool_or(i.indisreplident AND i.usable), false)
                               ELSE false END
 ORDER BY n.nspname, c.relname
