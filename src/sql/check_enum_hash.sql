-- The hash of an enum value is that of its OID, which is another one on the target: the same row belongs to another partition there.
SELECT c.oid, n.nspname || '.' || c.relname AS object
  FROM pg_catalog.pg_partitioned_table AS p
  JOIN pg_catalog.pg_class AS c ON c.oid = p.partrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE p.partstrat = 'h'
   AND EXISTS (SELECT FROM pg_catalog.unnest(p.partattrs::int2[]) AS k (attnum)
                 JOIN pg_catalog.pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = k.attnum
                 JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
                WHERE t.typtype = 'e')
 ORDER BY 2
