-- What the floor copies: name | first page | page after the last | batch. Tables from 4 MB on by themselves, from 16 MB on in
-- at least as many ranges as there are pipes (:jobs), of 64 MB at most; the others share batches of at most 250 tables.
WITH tables AS (
    SELECT format('public.%I', relname) AS name, pg_table_size(oid) >> 20 AS mb, pg_relation_size(oid) / 8192 AS pages
      FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
), large AS (
    SELECT *, least(greatest(pages, 1), greatest(CASE WHEN mb >= 16 THEN :jobs ELSE 1 END, (mb + 63) / 64)) AS parts
      FROM tables WHERE mb >= 4
), small AS (
    SELECT *, row_number() OVER (ORDER BY mb DESC, name) AS number, greatest(:jobs, count(*) OVER () / 250 + 1) AS batches
      FROM tables WHERE mb < 4
)
SELECT name, CASE WHEN parts > 1 THEN pages * part / parts END,
       CASE WHEN part < parts - 1 THEN pages * (part + 1) / parts END, NULL
  FROM (SELECT *, generate_series(0, parts - 1) AS part FROM large ORDER BY mb DESC, name) AS pieces
UNION ALL
SELECT name, NULL, NULL, number % batches FROM small;
