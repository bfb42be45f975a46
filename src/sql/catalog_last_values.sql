-- The last value of every sequence with an OID from $1 to $2 that was called at least once; of others, and of those this role may not use, NULL.
SELECT c.oid, CASE WHEN pg_catalog.has_sequence_privilege(c.oid, 'USAGE, SELECT') THEN pg_catalog.pg_sequence_last_value(c.oid) END
  FROM pg_catalog.pg_class AS c
 WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND c.oid >= $1::pg_catalog.oid AND c.oid <= $2::pg_catalog.oid
