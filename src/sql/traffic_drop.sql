DROP SCHEMA pgbaton_traffic CASCADE
