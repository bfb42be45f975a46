SELECT d.datname FROM pg_catalog.pg_database AS d WHERE d.datallowconn AND NOT d.datistemplate ORDER BY d.datname
