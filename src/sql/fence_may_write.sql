-- What a read-only database does not stop: roles whose own setting beats it, and the workers of its own subscriptions.
SELECT pg_catalog.format('role %I (its own default_transaction_read_only = off)', r.rolname)
  FROM pg_catalog.pg_database AS d
 CROSS JOIN pg_catalog.pg_roles AS r
 CROSS JOIN LATERAL (
        SELECT pg_catalog.substr(u.item, pg_catalog.strpos(u.item, '=') + 1) AS value
          FROM pg_catalog.pg_db_role_setting AS s CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS u (item)
         WHERE s.setrole = r.oid AND s.setdatabase IN (0, d.oid) AND pg_catalog.lower(u.item) ~ '^default_transaction_read_only='
         ORDER BY s.setdatabase DESC LIMIT 1) AS own
 WHERE d.datname = pg_catalog.current_database() AND pg_catalog.lower(own.value) ~ '^(of|f|n|0)'
UNION ALL
SELECT pg_catalog.format('subscription %I', s.subname)
  FROM pg_catalog.pg_subscription AS s
 WHERE s.subenabled AND s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
 ORDER BY 1
