-- The indexes that the floor builds: batch | statement. Those of tables from 4 MB on by themselves, the largest first; the others
-- share batches of at most 500.
WITH indexes AS (
    SELECT pg_get_indexdef(indexrelid) AS statement, pg_relation_size(indexrelid) AS bytes, pg_table_size(indrelid) >= 4 << 20 AS large
      FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY large ORDER BY bytes DESC, statement) AS number, count(*) OVER (PARTITION BY large) AS count
      FROM indexes
)
SELECT CASE WHEN large THEN number ELSE 9000 + number % greatest(:jobs, count / 500 + 1) END, statement FROM numbered;
