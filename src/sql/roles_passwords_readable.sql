SELECT pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT')
