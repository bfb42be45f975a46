SELECT pg_catalog.count(*) > 0 FROM pg_catalog.pg_database AS d WHERE d.datname = $1
