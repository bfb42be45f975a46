-- The column of a table's primary key, if it is a single integer. $1 the table's OID
SELECT a.attname
  FROM pg_catalog.pg_constraint AS c
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
 WHERE c.conrelid = $1::oid AND c.contype = 'p' AND pg_catalog.array_length(c.conkey, 1) = 1
   AND a.atttypid = ANY ('{int2,int4,int8}'::pg_catalog.regtype[])
