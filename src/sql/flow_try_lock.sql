-- The migration's lock in this database. $1 its name
SELECT pg_catalog.pg_try_advisory_lock(1346847298, pg_catalog.hashtext($1))
