SELECT COALESCE(pg_catalog.jsonb_agg(r.rolname), '[]') FROM pg_catalog.pg_roles AS r WHERE r.rolname !~ '^pg_'
