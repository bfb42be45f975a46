-- Those of $1, OIDs of tables, that have rows, or may have: in pages of their own or of a partition.
WITH RECURSIVE part (root, oid) AS (
    SELECT t.oid, t.oid FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS t (oid)
    UNION
    SELECT p.root, i.inhrelid FROM part AS p JOIN pg_catalog.pg_inherits AS i ON i.inhparent = p.oid
)
SELECT DISTINCT p.root::pg_catalog.int8
  FROM part AS p
  JOIN pg_catalog.pg_class AS c ON c.oid = p.oid
 WHERE c.relkind IN ('r', 'm') AND pg_catalog.pg_relation_size(c.oid) > 0
 ORDER BY 1
