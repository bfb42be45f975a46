SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('external_id', s.external_id, 'remote_lsn', s.remote_lsn::text,
                                                                   'local_lsn', s.local_lsn::text)), '[]'::pg_catalog.jsonb)
  FROM pg_catalog.pg_show_replication_origin_status() AS s
