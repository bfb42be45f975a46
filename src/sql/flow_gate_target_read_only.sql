-- What keeps every database of this server read-only, settings of single databases and roles apart: nobody could write after the switchover.
-- A session's own start value tells the server's setting only if no setting of its database or role came on top.
WITH own AS (
    SELECT s.setdatabase, s.setrole
      FROM pg_catalog.pg_db_role_setting AS s
     WHERE EXISTS (SELECT FROM pg_catalog.unnest(s.setconfig) AS u (item)
                    WHERE pg_catalog.lower(u.item) ~ '^default_transaction_read_only=(on|true|yes|1|t|y)')
)
SELECT 'ALTER ROLE ALL RESET default_transaction_read_only' AS command
  FROM own
 WHERE own.setdatabase = 0 AND own.setrole = 0
UNION ALL
SELECT 'ALTER SYSTEM RESET default_transaction_read_only (or correct postgresql.conf), then SELECT pg_reload_conf()'
  FROM pg_catalog.pg_settings AS g
 WHERE g.name = 'default_transaction_read_only' AND g.reset_val = 'on'
   AND NOT EXISTS (
        SELECT FROM own
         WHERE own.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()))
           AND own.setrole IN (0, (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = session_user)))
 ORDER BY command
