-- What names and patterns stand for (catalog/table_name.h), one row for each relation and pattern.
-- $1 [[schema, table: patterns of LIKE, is a pattern for people too]], $2 can partitioned tables be published
SELECT p.place - 1 AS pattern, c.oid::pg_catalog.int8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind,
       c.relispartition AS is_partition, r.rolname AS owner, pg_catalog.pg_has_role(c.relowner, 'USAGE') AS is_own,
       CASE WHEN c.relkind IN ('v', 'm') THEN 'It is a view, which has no rows of its own to publish.'
            WHEN c.relkind = 'S' THEN 'It is a sequence; its value is read when the writes move.'
            WHEN c.relkind = 'f' THEN 'It is a foreign table: its rows are those of another server.'
            WHEN c.relpersistence = 't' THEN 'It is a temporary table, which only its own session sees.'
            WHEN c.oid < 16384 OR n.nspname ~ '^pg_' THEN 'It is a system table.'
            WHEN c.relpersistence = 'u' THEN 'It is unlogged: its changes are not in the WAL, which is what is published.'
            WHEN c.relkind = 'p' AND NOT $2::boolean THEN 'It is partitioned, which cannot be published before PostgreSQL 13; its partitions can.'
       END AS refusal
  FROM pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb) WITH ORDINALITY AS p (pattern, place)
  JOIN pg_catalog.pg_namespace AS n ON n.nspname LIKE p.pattern ->> 0
  JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname LIKE p.pattern ->> 1
  JOIN pg_catalog.pg_roles AS r ON r.oid = c.relowner
 WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
   AND (NOT (p.pattern ->> 2)::boolean
        OR (c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
            AND (c.relkind = 'r' OR $2::boolean)
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                             WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
            -- comes with the table that it is a partition of
            AND NOT (c.relispartition AND $2::boolean
                     AND EXISTS (SELECT
                                   FROM pg_catalog.pg_inherits AS i
                                   JOIN pg_catalog.pg_class AS a ON a.oid = i.inhparent
                                   JOIN pg_catalog.pg_namespace AS b ON b.oid = a.relnamespace
                                  WHERE i.inhrelid = c.oid AND b.nspname LIKE p.pattern ->> 0 AND a.relname LIKE p.pattern ->> 1))))
 ORDER BY p.place, n.nspname, c.relname
