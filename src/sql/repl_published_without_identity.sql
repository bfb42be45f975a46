-- $1 tables as oids, null: all. Those whose updates and deletes the server refuses once they are published. Partitions count, each by itself.
WITH RECURSIVE tables AS (
    SELECT c.oid FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE ($1::pg_catalog.oid[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema') OR c.oid = ANY ($1::pg_catalog.oid[])
    UNION
    SELECT i.inhrelid FROM tables AS t JOIN pg_catalog.pg_inherits AS i ON i.inhparent = t.oid)
SELECT n.nspname, c.relname
  FROM tables AS t
  JOIN pg_catalog.pg_class AS c ON c.oid = t.oid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.relreplident <> 'f'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
                    WHERE i.indrelid = c.oid AND i.indisvalid AND i.indimmediate
                      AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END)
 ORDER BY 1, 2
