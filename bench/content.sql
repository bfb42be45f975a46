-- What a database holds, told without pgbaton: a line for every table of schema public, 500 tables a query, and one for
-- every valid index. Hashes are of the text of the rows, as values that are equal may yet differ in their text.
-- The order of the lines is left to the caller.
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SET extra_float_digits = 3;
SELECT string_agg(format('SELECT %L, count(*), sum(hashtextextended(t::text, 0)) FROM public.%I AS t', relname, relname),
                  ' UNION ALL ')
  FROM (SELECT relname, row_number() OVER (ORDER BY relname) AS number
          FROM pg_class
         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace) AS tables
 GROUP BY (number - 1) / 500
\gexec
SELECT pg_get_indexdef(indexrelid)
  FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
 WHERE relnamespace = 'public'::regnamespace AND indisvalid AND indisready;
