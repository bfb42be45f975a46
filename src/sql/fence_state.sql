-- What can be told of the writers of this database without pgbaton's own tables.
WITH db AS (SELECT d.oid, d.datdba FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
SELECT EXISTS (SELECT FROM pg_catalog.pg_db_role_setting AS s
                 CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS u (item)
                WHERE s.setdatabase = db.oid AND s.setrole = 0 AND pg_catalog.lower(u.item) ~ '^default_transaction_read_only=(on|t|y|1)') AS is_read_only,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity AS a
         WHERE a.datid = db.oid AND a.pid <> pg_catalog.pg_backend_pid()
           AND COALESCE(a.backend_type = 'client backend', a.usesysid IS NOT NULL)) AS sessions,
       -- Whoever has written holds a lock on its own transaction, and everyone may see that.
       (SELECT pg_catalog.count(DISTINCT a.pid) FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
         WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted AND a.datid = db.oid
           AND a.pid <> pg_catalog.pg_backend_pid() AND COALESCE(a.backend_type, '') !~ '^autovacuum') AS writing,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_prepared_xacts AS p WHERE p.database = pg_catalog.current_database()) AS prepared,
       pg_catalog.to_regclass('pgbaton.fence') IS NOT NULL AS has_fence,
       pg_catalog.to_regclass('pgbaton.write_pause') IS NOT NULL AS has_pause,
       pg_catalog.to_regclass('pgbaton.step') IS NOT NULL AS has_journal,
       pg_catalog.pg_has_role(db.datdba, 'USAGE') AS is_owner, pg_catalog.pg_get_userbyid(db.datdba) AS owner,
       EXISTS (SELECT FROM pg_catalog.pg_language AS l
                WHERE l.lanname = 'plpgsql' AND pg_catalog.has_language_privilege(l.oid, 'USAGE')) AS has_plpgsql
  FROM db
