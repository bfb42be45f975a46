DELETE FROM pgbaton_traffic.document WHERE id = $1
