SELECT 1 AS x WHERE pg_catalog.pg_is_in_recovery()
