-- $1 name of a slot, as the publisher of a subscription sees it.
SELECT COALESCE(pg_catalog.pg_wal_lsn_diff(CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                                                ELSE pg_catalog.pg_current_wal_lsn() END, s.restart_lsn), 0)::bigint AS retained_bytes,
       s.active, COALESCE(pg_catalog.to_jsonb(s) ->> 'wal_status', '') = 'lost'
       OR COALESCE(pg_catalog.to_jsonb(s) ->> 'invalidation_reason', '') <> '' AS is_lost, s.plugin, s.slot_type,
       s.database, s.database = pg_catalog.current_database() AS is_here
  FROM pg_catalog.pg_replication_slots AS s
 WHERE s.slot_name = $1
