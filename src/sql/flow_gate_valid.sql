-- Is this index ($2 '') or this constraint $2 of table $1 valid? No row: there is none.
SELECT i.indisvalid FROM pg_catalog.pg_index AS i WHERE $2 = '' AND i.indexrelid = pg_catalog.to_regclass($1)
UNION ALL
SELECT k.convalidated FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = pg_catalog.to_regclass($1) AND k.conname = $2
