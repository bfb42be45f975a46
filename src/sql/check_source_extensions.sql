SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', e.extname, 'version', e.extversion)) FROM pg_catalog.pg_extension AS e
