-- $1 relations, $2 types (OIDs): [catalog, oid] of what is dumped as an entry of its own but belongs to one of them
SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8, i.indexrelid::pg_catalog.int8
  FROM pg_catalog.pg_index AS i
 WHERE i.indrelid = ANY ($1::pg_catalog.oid[])
UNION ALL
SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8, k.oid::pg_catalog.int8
  FROM pg_catalog.pg_constraint AS k
 WHERE k.conrelid = ANY ($1::pg_catalog.oid[]) OR k.contypid = ANY ($2::pg_catalog.oid[])
UNION ALL
SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8, t.oid::pg_catalog.int8
  FROM pg_catalog.pg_trigger AS t
 WHERE t.tgrelid = ANY ($1::pg_catalog.oid[])
UNION ALL
SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8, r.oid::pg_catalog.int8
  FROM pg_catalog.pg_rewrite AS r
 WHERE r.ev_class = ANY ($1::pg_catalog.oid[])
UNION ALL
SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8, p.oid::pg_catalog.int8
  FROM pg_catalog.pg_policy AS p
 WHERE p.polrelid = ANY ($1::pg_catalog.oid[])
UNION ALL
SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8, d.oid::pg_catalog.int8
  FROM pg_catalog.pg_attrdef AS d
 WHERE d.adrelid = ANY ($1::pg_catalog.oid[])
