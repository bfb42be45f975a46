-- Roles whose own setting beats the database's, and so would write to a source that has been made read-only.
SELECT pg_catalog.format('%I', r.rolname)
  FROM pg_catalog.pg_db_role_setting AS s
  JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
 WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()))
   AND EXISTS (SELECT FROM pg_catalog.unnest(s.setconfig) AS u (item)
                WHERE pg_catalog.lower(u.item) ~ '^default_transaction_read_only=(off|false|no|0|f|n)')
 ORDER BY 1 LIMIT 5
