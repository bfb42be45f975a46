-- $1 a slot's name, or null for all of the server. What a version does not have is null.
SELECT s.slot_name::text AS name, s.slot_type AS type, s.plugin::text AS plugin, s.database::text AS database,
       s.active, s.active_pid AS pid, a.application_name AS application, s.temporary,
       s.restart_lsn, s.confirmed_flush_lsn,
       pg_catalog.pg_wal_lsn_diff(CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                                       ELSE pg_catalog.pg_current_wal_lsn() END, s.restart_lsn)::bigint AS retained_bytes,
       j.slot ->> 'wal_status' AS wal_status, j.slot ->> 'safe_wal_size' AS safe_wal_size_bytes,
       (j.slot ->> 'two_phase')::boolean AS two_phase, (j.slot ->> 'conflicting')::boolean AS conflicting,
       (j.slot ->> 'failover')::boolean AS failover, (j.slot ->> 'synced')::boolean AS synced,
       COALESCE(j.slot ->> 'invalidation_reason',
                CASE WHEN j.slot ->> 'wal_status' = 'lost' THEN 'wal_removed' END) AS invalidation_reason,
       j.slot ->> 'inactive_since' AS inactive_since,
       (SELECT pg_catalog.substring(pg_catalog.obj_description(p.oid, 'pg_publication'), '^made by pgbaton, migration "(.*)"$')
          FROM pg_catalog.pg_publication AS p
         WHERE p.pubname = s.slot_name AND s.database = pg_catalog.current_database()) AS migration
  FROM pg_catalog.pg_replication_slots AS s
 CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(s) AS slot) AS j
  LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = s.active_pid
 WHERE $1::text IS NULL OR s.slot_name = $1
 ORDER BY s.slot_name
